#!/usr/bin/env bash
# The steps of action.yml: `action.sh install` puts modelslab-mock into an environment of its own, `action.sh start` starts it
# and says where it is. Inputs come as INPUT_* in the environment and are never read as shell text.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=$RUNNER_TEMP/modelslab-mock

# One annotation with one sentence, escaped as GitHub wants it.
fail() {
    local text=${1//'%'/%25}
    text=${text//$'\r'/%0D}
    printf '::error title=modelslab-mock::%s\n' "${text//$'\n'/%0A}"
    exit 1
}

install() {
    local python=${INPUT_PYTHON:-python3} version=${INPUT_VERSION:-}
    command -v "$python" >/dev/null || fail "there is no $python here; name one with the input python, or use actions/setup-python"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed, $python is $("$python" -c 'import sys; print(sys.version.split()[0])'); use actions/setup-python"
    "$python" -m venv "$home/venv" || fail "$python cannot make a virtual environment; see above"
    local pip=("$home/venv/bin/python" -m pip --disable-pip-version-check --quiet install)
    if [[ -z $version ]]; then
        "${pip[@]}" --require-hashes -r "$here/requirements.lock" || fail "what it stands on could not be installed; see above"
        "${pip[@]}" --no-deps --no-build-isolation "$here" || fail "modelslab-mock could not be installed; see above"
    else
        [[ $version != [0-9]* ]] || version="modelslab-mock==$version"
        "${pip[@]}" -- "$version" || fail "$version could not be installed; see above"
    fi
    mkdir -p "$home/bin"
    cp "$home/venv/bin/modelslab-mock" "$home/bin/" # alone, so that the environment's python is nobody else's
    echo "$home/bin" >>"$GITHUB_PATH"
}

start() {
    local run key=${INPUT_KEY:-test-key} timeout=${INPUT_WAIT_TIMEOUT:-30}
    [[ $key != *$'\n'* ]] || fail "the input key holds a line break"
    [[ $timeout =~ ^[1-9][0-9]{0,3}$ ]] || fail "the input wait-timeout must be from 1 to 9999 whole seconds, got '$timeout'"
    run=$(mktemp -d "$home/run-XXXXXX") # one for each: several may run in one job
    local log=$run/serve.log ready=$run/ready.json
    local words=(serve --port "${INPUT_PORT:-4777}" --ready-file "$ready")
    [[ -z ${INPUT_PROFILE:-} ]] || words+=(--profile "$INPUT_PROFILE")
    [[ -z ${INPUT_CONFIG:-} ]] || words+=(--config "$INPUT_CONFIG")
    [[ -z ${INPUT_STORY:-} ]] || words+=(--story "$INPUT_STORY")
    local word
    while IFS= read -r word; do
        word=${word#"${word%%[![:space:]]*}"} # YAML's indentation is not meant
        word=${word%"${word##*[![:space:]]}"}
        [[ -z $word ]] || words+=("$word")
    done <<<"${INPUT_ARGS:-}"

    # It outlives this step: in a session of its own where there is setsid, and holding none of the step's streams.
    local apart=(nohup)
    ! command -v setsid >/dev/null || apart=(setsid nohup)
    : >"$log"
    "${apart[@]}" "$home/bin/modelslab-mock" "${words[@]}" </dev/null >>"$log" 2>&1 &
    local pid=$!
    local until=$((SECONDS + timeout))
    while [[ ! -s $ready ]]; do
        if ! kill -0 "$pid" 2>/dev/null; then
            show "$log"
            fail "$(grep '^modelslab-mock: ' "$log" | tail -n 1 | sed 's/^modelslab-mock: //' | grep . || echo 'it ended before it answered; see above')"
        elif ((SECONDS >= until)); then
            kill "$pid"
            show "$log"
            fail "it did not answer within $timeout s; see above"
        fi
        sleep 0.1
    done

    local url
    url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$ready")
    pid=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$ready")
    printf '%s\n' "url=$url" "key=$key" "log=$log" "pid=$pid" >>"$GITHUB_OUTPUT"
    printf '%s\n' "MODELSLAB_BASE_URL=$url" >>"$GITHUB_ENV"
    [[ -n ${MODELSLAB_API_KEY:-} ]] || printf '%s\n' "MODELSLAB_API_KEY=$key" >>"$GITHUB_ENV"
    echo "modelslab-mock answers at $url; its lines go to $log"
}

# The end of a log, in which nothing is a command to the runner.
show() {
    local word=stop-$RANDOM$RANDOM$RANDOM
    printf '::group::the last lines of %s\n::stop-commands::%s\n' "$1" "$word"
    tail -n 50 "$1"
    printf '::%s::\n::endgroup::\n' "$word"
}

case ${1:-} in
install | start) "$1" ;;
*) fail "action.sh takes install or start" ;;
esac
