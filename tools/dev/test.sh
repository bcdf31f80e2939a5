# Tests. A suite is one command whose last word on itself is "N passed, N failed" or meson's own summary; its whole output is
# in build/log/<suite>.log. The closing line of the run adds them up.

# What suites came to: a line each, "NAME PASSED FAILED". A file, because some run side by side.
results=build/log/results

# counts LOG: "PASSED FAILED" as the log says, nothing when it says neither.
counts() {
    local line
    line=$(grep -aE '^([A-Za-z-]+: )?[0-9]+ passed, [0-9]+ failed' "$1" | tail -n 1)
    if [ -n "$line" ]; then
        sed -E 's/^([A-Za-z-]+: )?([0-9]+) passed, ([0-9]+) failed.*/\2 \3/' <<<"$line"
    elif grep -aq '^Ok: ' "$1"; then
        awk '/^Ok: /{ok=$2} /^(Expected )?Fail: /{bad+=$NF} /^Unexpected Pass: /{bad+=$NF} /^Timeout: /{bad+=$2} END{print ok+0, bad+0}' "$1"
    fi
}

# suite NAME COMMAND…: runs it, one line on the terminal when it has ended. A suite that runs no test has failed.
suite() {
    local name=$1 log rc=0 begin=$SECONDS result ok bad
    shift
    log=$(log_file "$name")
    [ ! -t 1 ] || printf '%s… %s%s\n' "$dim" "$name" "$plain"
    "$@" >"$log" 2>&1 </dev/null || rc=$?
    result=$(counts "$log")
    ok=${result% *} bad=${result#* }
    if [ -z "$result" ] || [ "$((ok + bad))" = 0 ]; then ok=0 bad=1; fi
    if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    echo "$name $ok $bad" >>"$results"
    tell_suite "$name" "$ok" "$bad" $((SECONDS - begin)) "$log"
}

# tell_suite NAME PASSED FAILED SECONDS LOG: in one write, so that lines of suites side by side do not mix.
tell_suite() {
    if [ "$3" = 0 ]; then
        printf '%-28s %s%4d passed%s %s%4d s%s\n' "$1" "$green" "$2" "$plain" "$dim" "$4" "$plain"
        return
    fi
    printf '%-28s %s%4d passed, %d failed%s %4d s\n%s\n    the whole log: %s\n' "$1" "$red" "$2" "$3" "$plain" "$4" \
        "$(grep -aE '^not ok|FAIL|TIMEOUT|ERROR|FAILED|panic|Assertion|runtime error|repeat' "$5" | head -n 20 | sed 's/^/    /')" "$5"
}

# two_at_a_time FUNCTION WORD…: calls the function with each word, two at once, in this order. What waits for clocks and disks
# leaves a core to the other.
two_at_a_time() {
    local function=$1 word queue=build/log/queue
    shift
    printf '%s\n' "$@" >"$queue"
    for _ in 1 2; do
        while word=$(take_line "$queue") && [ -n "$word" ]; do "$function" "$word"; done &
    done
    wait
}

# take_line FILE: prints its first line and removes it.
take_line() (
    flock 9
    head -n 1 "$1"
    sed -i 1d "$1"
) 9>"$1.lock"

# compiled DIR: a suite of one test for a way to compile, so that a warning is a failure with a name.
compiled() {
    if ninja -C "$1" -j "$jobs"; then echo "1 passed, 0 failed"; else
        echo "0 passed, 1 failed"
        return 1
    fi
}

meson_suite() { # DIR SUITE… : runs these meson suites in this build
    local dir=$1 name names=()
    shift
    for name in "$@"; do names+=(--suite "$name"); done
    # A slow machine is no failure: the limits are for what hangs.
    meson test -C "$dir" --no-rebuild --timeout-multiplier 10 --num-processes "$jobs" --print-errorlogs "${names[@]}"
}

# The page, as orchd serves it, in a real browser.
page_suite() (
    export BUILD=build/release
    (cd web && node_modules/.bin/tsc -p .) && node tests/page/run.mjs
)

# @neolith/core, built, and tested as it is installed by an app.
javascript_suite() (
    build_package && node tests/javascript/run.mjs
)

# An app of Next.js with it.
next_suite() (
    build_package && node tests/next/run.mjs
)

prepare_full() {
    need_packages "${build_packages[@]}" "${wasm_packages[@]}" "${lint_packages[@]}" "${test_packages[@]}" \
        "${browser_packages[@]}"
    need_modules tests
    build_page
    configure build/release --buildtype=release -Ddebug=true
    embed_page
    # `./dev run` made it without tests.
    meson configure build/release -Dtests=true >"$(log_file setup-release)" 2>&1 || fail_log setup-release "meson configure failed"
    configure build/debug --buildtype=debugoptimized
    CC=clang-14 configure build/asan --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false
    CC=gcc configure build/tsan --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false
    build_package
}

sanitizer_options() {
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:abort_on_error=0
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export LSAN_OPTIONS=suppressions=$PWD/tools/lsan.suppressions:print_suppressions=0
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
}

test_full() {
    step "Preparing"
    prepare_full
    sanitizer_options
    step "Testing (logs in build/log/)"
    suite lint tools/lint/run
    suite compile-gcc-release compiled build/release
    suite compile-gcc-debug compiled build/debug
    suite compile-clang-asan compiled build/asan
    suite compile-gcc-tsan compiled build/tsan
    suite readme python3 tests/cli/session.py
    suites_on_all_cores
    # The longest first.
    two_at_a_time suite_of_the_server torture page server-asan next server javascript torture-faults hostile operations faults \
        models-asan models protocol cli
    suite coverage coverage_suite
}

suites_on_all_cores() {
    suite unit meson_suite build/debug unit scenario contract wasm
    suite unit-asan meson_suite build/asan unit scenario contract
    suite threads-tsan meson_suite build/tsan threads
    suite threads-server env BUILD=build/tsan node tests/server/life.mjs
    suite valgrind tools/dev/valgrind build/debug
    suite valgrind-server env BUILD=build/debug node tests/server/life.mjs valgrind --quiet --leak-check=full \
        --error-exitcode=9 --errors-for-leak-kinds=definite,indirect --num-callers=25
    suite examples meson_suite build/debug examples capi
    suite fuzz-corpora meson_suite build/asan fuzz
    suite allocation meson_suite build/asan allocation
    suite sim-planted meson_suite build/release sim
    suite sim-20000 build/release/sim/orchd-sim --seeds 1..20000 --jobs "$jobs"
}

# Nothing is built from here on: programs that run are not replaced.
suite_of_the_server() {
    case $1 in
    server | hostile | cli | operations | faults | torture | javascript)
        suite "$1" env BUILD=build/release node --no-deprecation "tests/$1/run.mjs"
        ;;
    server-asan) suite "$1" env BUILD=build/asan node tests/server/run.mjs ;;
    protocol) suite "$1" env BUILD=build/asan node tests/protocol/run.mjs ;;
    models) suite "$1" env BUILD=build/release node tests/models/judge.mjs ;;
    models-asan) suite "$1" env BUILD=build/asan node tests/models/judge.mjs ;;
    torture-faults) suite "$1" env BUILD=build/release node tests/torture/run.mjs faults: ;;
    page) suite "$1" page_suite ;;
    next) suite "$1" next_suite ;;
    esac
}

test_quick() {
    need_packages "${build_packages[@]}" "${test_packages[@]}" "${wasm_packages[@]}"
    configure build/debug --buildtype=debugoptimized
    step "Building build/debug"
    compile build/debug
    step "Testing"
    suite unit meson_suite build/debug unit scenario contract
    suite sim-1000 build/debug/sim/orchd-sim --seeds 1..1000 --jobs "$jobs"
}

# Suites that meson runs, and those that are scripts.
meson_suites=(unit scenario contract examples capi threads allocation fuzz sim wasm)
script_suites=(lint readme models server protocol hostile cli operations faults torture javascript next page coverage)

# Tests of meson, a line each.
meson_tests() { meson test -C build/debug --no-rebuild --list 2>/dev/null | sed -n 's/.* \/ //p' | sort -u; }

# Every word that `./dev test` takes.
list_tests() {
    need_packages "${build_packages[@]}" "${test_packages[@]}" "${wasm_packages[@]}"
    configure build/debug --buildtype=debugoptimized
    echo "Suites: ${meson_suites[*]} ${script_suites[*]}" | fold -s -w 100
    echo "Scenarios: $(basename -s .trace -a tests/scenario/*.trace | xargs)" | fold -s -w 100
    echo "Tests:"
    meson_tests | sed 's/^/  /'
}

# One test by its name: of meson, a scenario, or one of the scripts.
test_one() {
    local name=$1 gdb=${2:-}
    case "$gdb $name" in
    " "*) ;;
    "--gdb "*) [[ " ${meson_suites[*]} ${script_suites[*]} " != *" $name "* ]] || fail "--gdb is for one program; \"$name\" is many" ;;
    *) fail "./dev test takes a name and --gdb, and not \"$gdb\"" ;;
    esac
    need_packages "${build_packages[@]}" "${test_packages[@]}" "${wasm_packages[@]}"
    case $name in
    lint) exec tools/lint/run ;;
    readme) exec python3 tests/cli/session.py ;;
    coverage)
        dev_coverage
        exit
        ;;
    javascript | next)
        need_packages "${browser_packages[@]}"
        need_modules tests
        build_release
        "${name}_suite"
        exit
        ;;
    page)
        need_packages "${browser_packages[@]}"
        need_modules tests
        build_page
        build_release
        compile build/release bench/crowd
        page_suite
        exit
        ;;
    models | server | protocol | hostile | cli | operations | faults | torture)
        need_modules tests
        build_release
        compile build/release
        local script=run.mjs
        [ "$name" != models ] || script=judge.mjs
        BUILD=build/release exec node "tests/$name/$script"
        ;;
    esac
    configure build/debug --buildtype=debugoptimized
    local trace=tests/scenario/$name.trace command=(meson test -C build/debug --no-rebuild)
    if [[ " ${meson_suites[*]} " == *" $name "* ]]; then
        command+=(--num-processes "$jobs" --print-errorlogs --suite "$name")
    elif [ -f "$trace" ]; then
        command=(${gdb:+gdb --args} build/debug/tests/scenario/scenario "$trace")
    else
        meson_tests | grep -xF -- "$name" >/dev/null || fail "there is no test \"$name\"; ./dev test --list shows them"
        command+=("${gdb:---verbose}" "$name")
    fi
    [ "$gdb" != --gdb ] || need_packages gdb
    compile build/debug
    exec "${command[@]}"
}

dev_test() {
    local begin=$SECONDS
    mkdir -p build/log
    : >"$results"
    case ${1:-full} in
    full) test_full ;;
    quick) test_quick ;;
    --list)
        list_tests
        return
        ;;
    *) test_one "$@" ;;
    esac
    printf '%s s' "$((SECONDS - begin))"
    awk '$3 {names = names " " $1} {ok += $2; bad += $3}
        END {if (names) printf ", failed:%s", names; printf "\n%d passed, %d failed\n", ok, bad; exit bad > 0}' "$results"
}

dev_lint() {
    need_packages "${build_packages[@]}" "${lint_packages[@]}" "${wasm_packages[@]}" "${test_packages[@]}"
    configure build/debug --buildtype=debugoptimized
    exec tools/lint/run
}

dev_sim() {
    [[ ${1:-1..1} =~ ^[0-9]+(\.\.[0-9]+)?$ ]] || fail "./dev sim: \"$1\" is no seed; a number, or two as FROM..TO"
    build_release
    compile build/release sim/orchd-sim
    case ${1:-1..20000} in
    *..*) exec build/release/sim/orchd-sim --seeds "${1:-1..20000}" --jobs "$jobs" ;;
    *) exec build/release/sim/orchd-sim --trace "$1" ;;
    esac
}

dev_fuzz() {
    local target=${1:-} seconds=${2:-60}
    need_packages "${build_packages[@]}" clang-14 libclang-rt-14-dev
    if [ -z "$target" ]; then
        echo "./dev fuzz TARGET [SECONDS|merge]; targets:"
        find fuzz -name '*_fuzz.c' -printf '  %f\n' | sed 's/_fuzz\.c//' | sort
        return
    fi
    [ -f "fuzz/${target}_fuzz.c" ] || fail "there is no fuzz target \"$target\"; ./dev fuzz lists them"
    CC=clang-14 configure build/fuzz --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false -Dfuzzer=true -Dtests=false
    compile build/fuzz "fuzz/${target}_fuzz"
    mkdir -p "build/corpus/$target"
    [ "$seconds" != merge ] ||
        exec "build/fuzz/fuzz/${target}_fuzz" -set_cover_merge=1 -use_counters=0 "fuzz/corpus/$target" "build/corpus/$target"
    local words=()
    [ ! -f "fuzz/$target.dict" ] || words=("-dict=fuzz/$target.dict")
    exec "build/fuzz/fuzz/${target}_fuzz" "build/corpus/$target" "fuzz/corpus/$target" \
        -max_total_time="$seconds" -artifact_prefix="fuzz/corpus/$target/crash-" -timeout=25 "${words[@]}"
}

dev_bench() {
    build_release
    compile build/release
    need_packages python3
    case " $* " in
    *" soak "*) need_packages gnuplot-nox ;;
    *" hostile "*)
        need_packages gnuplot-nox
        need_modules tests
        ;;
    *" page "*)
        need_packages "${browser_packages[@]}"
        need_modules tests
        ;;
    *" streams "* | "  " | " --json ") need_modules tests ;;
    esac
    case " $* " in
    *" javascript "* | "  " | " --json ") build_package ;;
    esac
    exec tools/dev/bench "$@"
}
