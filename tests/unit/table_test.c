#include "core_stage.h"
#include "splitmix.h"
#include "table.h"

#define ITEMS 2000

typedef struct items {
    stage_heap heap;
    orch__memory memory;
    orch__table table;
    uint32_t hashes[ITEMS + 1];
    bool present[ITEMS + 1];
} items;

static uint32_t hash_of(const void *owner, uint32_t index)
{
    return ((const items *)owner)->hashes[index];
}

static void items_open(items *it, uint32_t hash_mask)
{
    uint64_t random = 3;

    *it = (items){.heap.allow = -1};
    it->memory.allocator = (orch_allocator){stage_resize, &it->heap};
    orch__table_init(&it->table, &it->memory, hash_of, it);
    for (uint32_t i = 1; i <= ITEMS; i++)
        it->hashes[i] = (uint32_t)orch__random(&random) & hash_mask;
}

static void items_close(items *it)
{
    orch__table_fini(&it->table);
    assert_int_equal(it->memory.bytes, 0);
}

static bool found(const items *it, uint32_t index)
{
    for (orch__probe p = orch__table_first(&it->table, it->hashes[index]); p.index;
         p = orch__table_next(&it->table, p))
        if (p.index == index)
            return true;
    return false;
}

/* Few different hashes make long clusters: removal must keep every entry behind the hole in reach. */
static void churn(uint32_t hash_mask)
{
    items *it = malloc(sizeof *it);
    uint64_t random = 11;
    uint32_t count = 0;

    assert_non_null(it);
    items_open(it, hash_mask);
    for (int round = 0; round < 60000; round++) {
        uint32_t i = 1 + (uint32_t)(orch__random(&random) % ITEMS);

        if (it->present[i]) {
            orch__table_remove(&it->table, it->hashes[i], i);
            count--;
        } else {
            assert_int_equal(orch__table_reserve(&it->table, 1), 0);
            orch__table_insert(&it->table, it->hashes[i], i);
            count++;
        }
        it->present[i] = !it->present[i];
        assert_int_equal(it->table.count, count);
        if (round % 1000 == 0)
            for (uint32_t k = 1; k <= ITEMS; k++)
                assert_int_equal(found(it, k), it->present[k]);
    }
    items_close(it);
    free(it);
}

static void finds_what_is_in_it(void **state)
{
    (void)state;
    churn(UINT32_MAX);
}

static void finds_it_among_equal_hashes(void **state)
{
    (void)state;
    churn(0xf);
}

static void stays_as_it_is_without_memory(void **state)
{
    items *it = malloc(sizeof *it);

    (void)state;
    assert_non_null(it);
    items_open(it, UINT32_MAX);
    assert_int_equal(orch__table_reserve(&it->table, 1), 0);
    orch__table_insert(&it->table, it->hashes[1], 1);
    it->heap.allow = it->heap.calls;
    assert_int_equal(orch__table_reserve(&it->table, 1000), ORCH_E_NO_MEMORY);
    assert_true(found(it, 1));
    items_close(it);
    free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_in_it),
        cmocka_unit_test(finds_it_among_equal_hashes),
        cmocka_unit_test(stays_as_it_is_without_memory),
    };

    return STAGE_RUN(tests);
}
