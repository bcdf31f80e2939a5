# Coverage: a build that counts its lines, the suites that are quick in it, and a floor of each part of src/ that it must reach.

# What is not counted: an assertion's other branch is a programming error, which aborts by intent.
gcovr_report() {
    gcovr --root . --object-directory build/coverage --filter 'src/' --exclude-unreachable-branches \
        --exclude-branches-by-pattern '.*ORCH_ASSERT.*' -j "$jobs" "$@" build/coverage
}

# The suites that run in it. A test that fails is judged by its own suite, not here; it is only named.
coverage_run() {
    local build=build/coverage
    meson_suite "$build" unit scenario contract examples fuzz || echo "a meson suite failed"
    "$build/sim/orchd-sim" --seeds 1..200 --jobs "$jobs" || echo "the simulator failed"
    counted_scripts server/run &
    counted_scripts models/judge cli/run operations/run
    wait
}

# They wait more than they count: two of these can run at a time, the counters of a file are added up under its lock.
counted_scripts() {
    local script
    for script; do
        BUILD=build/coverage node "tests/$script.mjs" || echo "tests/$script.mjs failed"
    done
}

# A build of its own, everything run in it once, and the table of what was reached. The last line counts the parts of src/ as tests.
coverage_suite() {
    local build=build/coverage
    CC=gcc configure "$build" --buildtype=debug -Db_coverage=true
    ninja -C "$build" -j "$jobs" --quiet || return 1
    find "$build" -name '*.gcda' -delete
    coverage_run >"$(log_file coverage-run)" 2>&1
    grep -aE 'failed$|^FAILED' "$(log_file coverage-run)" | grep -v ' 0 failed' | sed 's/^/in the counted run: /' || true
    mkdir -p "$build/html"
    gcovr_report --json-summary "$build/summary.json" --html-details "$build/html/index.html" >/dev/null || return 1
    ln -sf html/index.html "$build/index.html"
    python3 tools/dev/coverage_floors.py "$build/summary.json"
}

dev_coverage() {
    need_packages "${build_packages[@]}" "${test_packages[@]}"
    need_modules tests
    step "Counting (a minute or two; build/log/coverage-run.log)"
    coverage_suite || fail "below a floor: build/coverage/index.html shows which lines no test reaches"
    echo "each line: build/coverage/index.html"
}
