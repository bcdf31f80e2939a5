#include "cast.h"

#include <stdio.h>
#include <string.h>

const sim_persona sim_personas[SIM_SPEAKERS_MAX + 1] = {
    {"", "", "", "", "", ""},
    {"Ada Lovelace", "Countess", "ada-lovelace", "al@neolith.test", "Engineer", "analytical engine"},
    {"Ann Planck", "Annie", "ann-planck", "planck.a@neolith.test", "Physicist", "black body"},
    {"Brünhild Weiß", "Hildegard", "bruenhild-weiss", "bw@neolith.test", "Archivist", "old records"},
    {"Grace Hopper", "Amazing Grace", "grace-hopper", "hop@neolith.test", "Compiler Guide", "moth"},
    {"Søren", "Kierk", "soren", "sk@neolith.test", "Doubter", "either or"},
    {"Wu Jian", "Xiao Wu", "wu-jian", "wj@neolith.test", "Translator", "two tongues"},
    {"Ines Quill", "Inky", "ines-quill", "p7@neolith.test", "Scribe", "ink well"},
    {"Otto Brandt", "Brando", "otto-brandt", "p8@neolith.test", "Fire Warden", "smoke alarm"},
    {"Pia Lindqvist", "Pipi", "pia-lindqvist", "p9@neolith.test", "Gardener", "root cellar"},
    {"Quentin Marsh", "Quill Q", "quentin-marsh", "p10@neolith.test", "Surveyor", "chain link"},
    {"Rosa Alvarez", "Rosita", "rosa-alvarez", "p11@neolith.test", "Cook", "salt cod"},
    {"Sven Halvorsen", "Svenni", "sven-halvorsen", "p12@neolith.test", "Pilot", "tail wind"},
    {"Tariq Aziz", "Taz", "tariq-aziz", "p13@neolith.test", "Jurist", "case law"},
    {"Uma Devi", "Umami", "uma-devi", "p14@neolith.test", "Taster", "fifth taste"},
    {"Viktor Orlov", "Vik", "viktor-orlov", "p15@neolith.test", "Glazier", "window pane"},
    {"Wanda Kowalska", "Wandi", "wanda-kowalska", "p16@neolith.test", "Seamstress", "silver thread"},
    {"Xenia Papas", "Xeni", "xenia-papas", "p17@neolith.test", "Cartographer", "lost island"},
    {"Yusuf Demir", "Yus", "yusuf-demir", "p18@neolith.test", "Smith", "cold iron"},
    {"Zoe Martin", "Zozo", "zoe-martin", "p19@neolith.test", "Zoologist", "striped horse"},
    {"Björn Åkesson", "Bjarne", "bjorn-akesson", "p20@neolith.test", "Ferryman", "far shore"},
    {"Çelik Yılmaz", "Celo", "celik-yilmaz", "p21@neolith.test", "Metallurgist", "grey tin"},
    {"Désirée Dupont", "Desi", "desiree-dupont", "p22@neolith.test", "Perfumer", "orris root"},
    {"Élodie Blanc", "Lodi", "elodie-blanc", "p23@neolith.test", "Baker", "rye loaf"},
    {"Fumiko Sato", "Fumi", "fumiko-sato", "p24@neolith.test", "Astronomer", "red giant"},
};

static orch_str text_of(const char *text)
{
    return (orch_str){text, strlen(text)};
}

void sim_cast_name(uint32_t daemon, orch_daemon_spec *spec, orch_str *keyword)
{
    static const sim_persona crowd = {"Someone Else", "", "", "", "Spectator", "standing room"};
    const sim_persona *persona = daemon <= SIM_SPEAKERS_MAX ? &sim_personas[daemon] : &crowd;

    *keyword = text_of(persona->keyword);
    spec->daemon.v = daemon;
    spec->user.v = SIM_USER_OF(daemon);
    spec->name = text_of(persona->name);
    spec->display_name = text_of(persona->display_name);
    spec->slug = text_of(persona->slug);
    spec->email = text_of(persona->email);
    spec->role = text_of(persona->role);
    spec->keywords = keyword;
    spec->keywords_count = 1;
}

typedef struct writer {
    char *buffer;
    size_t size;
    size_t length;
} writer;

static void write_text(writer *out, const char *before, const char *text, const char *after)
{
    int n = snprintf(out->buffer + out->length, out->size - out->length, "%s%s%s", before, text, after);

    out->length += (size_t)n;
}

static void write_at(writer *out, const sim_persona *persona, uint32_t form)
{
    switch (form % 4) {
    case 0:
        write_text(out, "Hello @", persona->slug, ", a word? ");
        break;
    case 1:
        write_text(out, "(@", persona->display_name, ") ");
        break;
    case 2:
        write_text(out, "@", persona->name, ": ");
        break;
    default:
        write_text(out, "ask @", persona->role, "! ");
        break;
    }
}

static void write_bare(writer *out, const sim_persona *persona, uint32_t form)
{
    switch (form % 3) {
    case 0:
        write_text(out, "What does ", persona->name, " say? ");
        break;
    case 1:
        write_text(out, "We need the ", persona->role, ". ");
        break;
    default:
        write_text(out, "It is about the ", persona->keyword, ". ");
        break;
    }
}

/* Names nobody, however it looks. */
static const char *const decoys[] = {
    "The planning of the engineers is under way. ",
    "See https://neolith.test/@soren/wu-jian and mail to ada-lovelaces. ",
    "`@ada-lovelace` ```\n@Annie Engineer\n``` ",
    "Doubters, translators, gracehopper and mothers. ",
};

size_t sim_cast_write(const sim_text *text, char *buffer, size_t size)
{
    writer out = {buffer, size, 0};

    buffer[0] = '\0';
    write_text(&out, decoys[text->form % 4], "", "");
    for (uint32_t d = 1; d <= SIM_SPEAKERS_MAX; d++) {
        if (text->at & SIM_BIT(d))
            write_at(&out, &sim_personas[d], text->form + d);
        if (text->bare & SIM_BIT(d))
            write_bare(&out, &sim_personas[d], text->form + d);
    }
    if (text->everyone)
        write_text(&out, "All: @orchestrator ", "", "");
    return out.length;
}

static sim_mask some_of(sim_random *random, sim_mask members, uint32_t permille)
{
    sim_mask chosen = 0;

    for (uint32_t d = 1; d <= SIM_SPEAKERS_MAX; d++) {
        if ((members & SIM_BIT(d)) && sim_chance(random, permille))
            chosen |= SIM_BIT(d);
    }
    return chosen;
}

sim_text sim_cast_human(sim_random *random, sim_mask members, uint32_t permille)
{
    sim_text text = {.form = (uint8_t)sim_below(random, 12)};

    if (!sim_chance(random, permille))
        return text;
    switch (sim_below(random, 8)) {
    case 0:
        text.everyone = true;
        break;
    case 1:
        text.mentions = some_of(random, members, 400);
        break;
    case 2:
    case 3:
        text.bare = some_of(random, members, 350);
        break;
    default:
        text.at = some_of(random, members, 350);
        break;
    }
    return text;
}

sim_text sim_cast_orchestrator(sim_random *random, sim_mask members, uint32_t self, uint32_t permille)
{
    sim_text text = {.form = (uint8_t)sim_below(random, 12)};

    if (sim_chance(random, permille))
        text.at = some_of(random, members, 500);
    if (sim_chance(random, permille))
        text.bare = some_of(random, members, 500); /* must address nobody: the author is an orchestrator */
    if (sim_chance(random, permille / 2))
        text.at |= SIM_BIT(self);
    return text;
}
