/* The two orchestrators of the examples, as a program would read them from its database. */
#ifndef EXAMPLES_ORCHESTRATORS_H
#define EXAMPLES_ORCHESTRATORS_H

#include <orchd/orchd.h>

static const orch_orchestrator_info iris = {
    .id = "orch_iris",
    .role = "Release Manager",
    .discipline = "Engineering",
    .user =
        {
            .id = "user_iris",
            .name = "Iris",
            .email = "iris@example.com",
            .is_orchestrator = true,
            .config_json =
                "{\"charter\": {"
                "  \"personality\": {\"tone\": \"calm\", \"traits\": [\"precise\", \"kind\"]},"
                "  \"expertise\": [\"releases\"],"
                "  \"rules\": ["
                "    {\"match\": \"hello\", \"reply\": \"Hello! The release is on track.\"},"
                "    {\"match\": \"/when|date/\", \"reply\": \"On Friday, if the tests stay green.\"}"
                "  ]"
                "}}",
        },
};

static const orch_orchestrator_info max = {
    .id = "orch_max",
    .role = "Designer",
    .discipline = "Design",
    .user =
        {
            .id = "user_max",
            .name = "Max",
            .email = "max@example.com",
            .is_orchestrator = true,
            .config_json = "{\"charter\": {\"rules\": [{\"match\": \"colour\", \"reply\": \"Blue. It is "
                           "always blue.\"}]}}",
        },
};

#endif
