/* What the encoders of all providers share: the messages as JSON, the parts of an HTTP request. */
#ifndef ORCHD_REQUEST_H
#define ORCHD_REQUEST_H

#include <jansson.h>

#include "model.h"

/* An array of {role, content}: consecutive texts of one role joined by an empty line, those without a visible character left
 * out. ORCH_E_INVALID: the last one is not the user's; ORCH_E_TOO_LARGE, ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__request_messages(const orch_model_request *request, json_t **out_messages);

/* A JSON string; bytes that are not UTF-8 become U+FFFD. NULL: no memory. */
json_t *orch__json_words(orch_str text);

/* Each ORCH_E_NO_MEMORY; `http` is then to be finished by its owner as it is. */
ORCH_MUST_USE int orch__http_url(orch_model_http *http, const char *base_url, const char *path);
/* ORCH_E_INVALID: `value` holds a control character. */
ORCH_MUST_USE int orch__http_header(orch_model_http *http, const char *name, orch_str value);
/* "authorization: Bearer KEY". As orch__http_header, and ORCH_E_INVALID for a key of more than ORCH_MODEL_KEY_MAX bytes. */
ORCH_MUST_USE int orch__http_bearer(orch_model_http *http, const char *key);
/* Takes `root`, also on failure; NULL is ORCH_E_NO_MEMORY. ORCH_E_TOO_LARGE: past ORCH_MODEL_BODY_MAX. */
ORCH_MUST_USE int orch__http_body(orch_model_http *http, json_t *root);

#endif
