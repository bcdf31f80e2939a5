#include "orchd/error.h"

const char *orch_error_name(int error)
{
    switch (error) {
    case ORCH_OK:
        return "ok";
#define ORCH_ERROR_NAME(id, code, name, text)                                                                \
    case code:                                                                                               \
        return name;
        ORCH_ERRORS(ORCH_ERROR_NAME)
#undef ORCH_ERROR_NAME
    default:
        return "unknown";
    }
}

const char *orch_error_text(int error)
{
    switch (error) {
    case ORCH_OK:
        return "ok";
#define ORCH_ERROR_TEXT(id, code, name, text)                                                                \
    case code:                                                                                               \
        return text;
        ORCH_ERRORS(ORCH_ERROR_TEXT)
#undef ORCH_ERROR_TEXT
    default:
        return "unknown error";
    }
}
