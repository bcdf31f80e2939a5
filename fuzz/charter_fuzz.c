/* Any bytes as a charter: refused with a sentence, or read into fields that can be worded. */
#include <stdlib.h>

#include "charter.h"
#include "fuzz.h"
#include "orchd/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char text[1 << 20];
    orch_charter_document *document = NULL;
    orch_problem problem = {0};
    orch_prompt_place place = {.channel = ORCH_STR("general")};
    orch_text out = {text, sizeof(text), 0};

    if (orch_charter_read((orch_str){(const char *)bytes, size}, &document, &problem)) {
        if (!problem.message[0])
            abort();
        return 0;
    }
    orch_prompt_system(&document->fields, &place, &out);
    orch_charter_free(document);
    return 0;
}
