#include "json_object.h"

#include "json_text.h"
#include "text.h"

static unsigned depth_of(const json_t *value)
{
    unsigned deepest = 0;
    const char *key;
    json_t *child;
    size_t i;

    json_array_foreach(value, i, child)
    {
        unsigned depth = depth_of(child);

        deepest = depth > deepest ? depth : deepest;
    }
    json_object_foreach((json_t *)value, key, child)
    {
        unsigned depth = depth_of(child);

        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

json_t *orch__json_object_read(orch_str json, unsigned depth_max, const char *field, orch_problem *problem)
{
    json_error_t where;
    json_t *root;
    int error = orch_json_read(json, JSON_REJECT_DUPLICATES, &root, &where);

    if (error == ORCH_E_NO_MEMORY) {
        (void)orch__problem(problem, ORCH_E_NO_MEMORY, field, "out of memory");
        return NULL;
    }
    if (error) {
        (void)orch__problem(problem, ORCH_E_INVALID, field, "%s is no JSON: line %d, column %d: %s", field,
                            where.line, where.column, where.text);
        return NULL;
    }
    if (json_is_object(root) && depth_of(root) <= depth_max)
        return root;
    (void)orch__problem(problem, ORCH_E_INVALID, field, "%s must be a JSON object, at most %u levels deep",
                        field, depth_max);
    json_decref(root);
    return NULL;
}
