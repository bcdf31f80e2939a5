#include "prompt_text.h"

void orch__text_add(orch_text *out, orch_str text)
{
    size_t room = out->len < out->capacity ? out->capacity - out->len : 0;

    if (text.len && room)
        __builtin_memcpy(out->ptr + out->len, text.ptr, text.len < room ? text.len : room);
    out->len += text.len;
}

void orch__text_add_number(orch_text *out, uint32_t number)
{
    char digits[10];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number);
    orch__text_add(out, (orch_str){digits + at, sizeof digits - at});
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

orch_str orch__text_trimmed(orch_str text)
{
    while (text.len && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

size_t orch__text_list_given(const orch_str_list *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += orch__text_trimmed(list->items[i]).len > 0;
    return count;
}

void orch__text_add_list(orch_text *out, const orch_str_list *list, orch_str between, orch_str last)
{
    size_t left = orch__text_list_given(list);
    bool first = true;

    for (size_t i = 0; i < list->count; i++) {
        orch_str item = orch__text_trimmed(list->items[i]);

        if (item.len == 0)
            continue;
        if (!first)
            orch__text_add(out, left == 1 ? last : between);
        orch__text_add(out, item);
        first = false;
        left--;
    }
}

void orch__text_add_identity(orch_text *out, const orch_charter *charter)
{
    orch_str name = orch__text_trimmed(charter->name);
    orch_str role = orch__text_trimmed(charter->role);
    orch_str organization = orch__text_trimmed(charter->organization);

    orch__text_add(out, name);
    if (name.len && role.len)
        orch__text_add(out, ORCH_STR(", "));
    orch__text_add(out, role);
    if (!name.len && !role.len)
        orch__text_add(out, ORCH_STR("an orchestrator"));
    if (organization.len)
        orch__text_add(out, name.len && !role.len ? ORCH_STR(" of ") : ORCH_STR(" at "));
    orch__text_add(out, organization);
}

void orch__text_add_channel(orch_text *out, orch_str channel)
{
    channel = orch__text_trimmed(channel);
    if (channel.len == 0 || channel.ptr[0] != '#')
        orch__text_add(out, ORCH_STR("#"));
    orch__text_add(out, channel);
}
