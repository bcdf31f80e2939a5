/* What a service manager hears on its socket: a real datagram socket, by path and in the abstract namespace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "orchd/error.h"
#include "service_notify.h"

static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void hears(int fd, const char *expected)
{
    char text[256];
    ssize_t len = recv(fd, text, sizeof text - 1, 0);

    assert_true(len >= 0);
    text[len] = '\0';
    assert_string_equal(text, expected);
}

static void by_path_and_by_name(void **state)
{
    char folder[] = "/tmp/orchd-notify-XXXXXX", path[64], name[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(name, sizeof name, "@orchd-unit-%d", (int)getpid());
    for (int i = 0; i < 2; i++) {
        int fd = listen_at(i ? name : path);

        assert_true(orch_service_watched());
        assert_int_equal(orch_service_notify("READY=1\nSTATUS=well"), 0);
        hears(fd, "READY=1\nSTATUS=well");
        close(fd);
        assert_int_equal(orch_service_notify("STOPPING=1"), ORCH_E_IO);
    }
    unlink(path);
    rmdir(folder);
}

/* A manager that does not read is not waited for. */
static void never_blocks(void **state)
{
    char name[64];
    int fd, error = 0;

    (void)state;
    snprintf(name, sizeof name, "@orchd-unit-full-%d", (int)getpid());
    fd = listen_at(name);
    for (int i = 0; i < 100000 && !error; i++)
        error = orch_service_notify("WATCHDOG=1");
    assert_int_equal(error, ORCH_E_IO);
    close(fd);
}

static void nobody_and_nonsense(void **state)
{
    char long_name[300];

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_false(orch_service_watched());
    assert_int_equal(orch_service_notify("READY=1"), 0);
    setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
    assert_int_equal(orch_service_notify("READY=1"), ORCH_E_UNSUPPORTED);
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[0] = '/';
    long_name[sizeof long_name - 1] = '\0';
    setenv("NOTIFY_SOCKET", long_name, 1);
    assert_int_equal(orch_service_notify("READY=1"), ORCH_E_UNSUPPORTED);
}

static void watchdog_of_this_process_alone(void **state)
{
    char pid[32];

    (void)state;
    unsetenv("WATCHDOG_USEC");
    assert_int_equal(orch_service_watchdog_ms(), 0);
    setenv("WATCHDOG_USEC", "30000000", 1);
    assert_int_equal(orch_service_watchdog_ms(), 30000);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(orch_service_watchdog_ms(), 0);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    assert_int_equal(orch_service_watchdog_ms(), 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_path_and_by_name),
        cmocka_unit_test(never_blocks),
        cmocka_unit_test(nobody_and_nonsense),
        cmocka_unit_test(watchdog_of_this_process_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
