/* An answer by a model of another server (canned_model.h), streamed to a WebSocket: refused, cut, then whole. */
#ifndef ORCHD_ALLOCATION_MODEL_SCENARIOS_H
#define ORCHD_ALLOCATION_MODEL_SCENARIOS_H

void scenario_asking_openai(const char *folder);
void scenario_asking_anthropic(const char *folder);
/* The same as a chat completion, whole and streamed. */
void scenario_completing(const char *folder);

#endif
