/* The providers, one file each: anthropic.c, openai.c, rules.c. The list is in registry.c. */
#ifndef ORCHD_PROVIDERS_H
#define ORCHD_PROVIDERS_H

#include "model.h"

#define ORCH__ANTHROPIC_BASE_URL "https://api.anthropic.com"
#define ORCH__ANTHROPIC_VERSION  "2026-10-21"
#define ORCH__OPENAI_BASE_URL    "https://api.openai.com/v1"

extern const orch_model_provider orch__anthropic;
extern const orch_model_provider orch__openai;
extern const orch_model_provider orch__rules;

#endif
