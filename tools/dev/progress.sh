# What people see while long work runs.

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'; else bold='' dim='' red='' green='' plain=''; fi

step() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }

log_file() {
    mkdir -p build/log
    echo "build/log/$1.log"
}

fail() {
    printf '%s%s%s\n' "$red" "$*" "$plain" >&2
    exit 1
}

# fail_log NAME TEXT: the end of a log, then what failed.
fail_log() {
    tail -n 40 "$(log_file "$1")" >&2
    fail "$2 (the whole log: $(log_file "$1"))"
}

# watch_count PID LOG PATTERN WORDS: counts lines of a growing log until the process ends; its exit code.
watch_count() {
    local pid=$1 log=$2 pattern=$3 words=$4 count shown=-1
    while kill -0 "$pid" 2>/dev/null; do
        count=$(grep -cE "$pattern" "$log" || true)
        if [ -t 1 ]; then
            printf '\r    %s %s' "$count" "$words"
        elif [ "$count" -ge $((shown + 50)) ]; then
            printf '    %s %s\n' "$count" "$words"
            shown=$count
        fi
        sleep 1
    done
    [ ! -t 1 ] || printf '\r\e[K'
    wait "$pid"
}
