#!/usr/bin/env bash
# The same door as build.ps1 for a machine that may lack PowerShell: ./build.sh <build|test|demo|bench|package|clean>
# Uses pwsh from PATH, else the PowerShell .NET tool of .config/dotnet-tools.json, else does with the .NET SDK what can be done so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 POWERSHELL_TELEMETRY_OPTOUT=1

task=$(printf '%s' "${1:-build}" | tr '[:upper:]' '[:lower:]')
shift || true
case "$task" in
    build | test | demo | bench | package | clean) ;;
    *)
        echo "Unknown task '$task'. Tasks: build, test, demo, bench, package, clean." >&2
        exit 2
        ;;
esac

if ! command -v dotnet >/dev/null; then
    echo "The .NET SDK is needed (dotnet is not on PATH)." >&2
    exit 2
fi

if [ -n "${CI:-}" ] || [ "$task" = demo ]; then
    # Nothing is left running: no build nodes and no compiler that wait for the next build.
    export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
fi

if [ -z "${PM_WITHOUT_PWSH:-}" ]; then
    if command -v pwsh >/dev/null; then
        exec pwsh -NoLogo -NoProfile -NonInteractive -File ./build.ps1 "$task" "$@"
    fi
    if dotnet tool restore >/dev/null 2>&1 && dotnet tool run pwsh -NoLogo -NoProfile -Command 'exit 0' >/dev/null 2>&1; then
        exec dotnet tool run pwsh -NoLogo -NoProfile -NonInteractive -File ./build.ps1 "$task" "$@"
    fi
fi

solution=ParticipantMessaging.slnx
results=artifacts/test-results

build() {
    dotnet build "$solution" -c Release -v quiet -nologo
    dotnet build src/ParticipantMessaging -c Release -v quiet -nologo -t:Stage -p:BuildProjectReferences=false
    echo "Staged: output/ParticipantMessaging/$(sed -n "s/^ *ModuleVersion *= *'\([0-9.]*\)'.*/\1/p" ParticipantMessaging.psd1)"
}

# Adds one attribute of <Counters> up over all result files.
count() {
    local sum=0 number
    for number in $(find "$results" -name '*.trx' -exec grep -ho "<Counters [^>]*" {} + 2>/dev/null | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"); do
        sum=$((sum + number))
    done
    echo "$sum"
}

run_tests() {
    local status=0 passed failed skipped project
    rm -rf "$results"
    # One project after the other: side by side they would write result files of one name, and wait for each other anyway.
    for project in $(grep -l '<IsTestProject>true' tests/*/*.csproj); do
        dotnet test "$project" -c Release --no-build -nologo --logger trx --results-directory "$results/$(basename "$project" .csproj)" || status=$?
    done
    passed=$(count passed)
    failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))
    skipped=$(($(count total) - $(count executed)))
    if { [ "$status" -ne 0 ] || [ "$passed" -eq 0 ]; } && [ "$failed" -eq 0 ]; then
        echo "A test run ended before all of its tests had run; this counts as one failure."
        failed=1
    fi
    echo
    echo "Without PowerShell the Pester tests of the staged module did not run."
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

case "$task" in
    build)
        build
        ;;
    test)
        build
        run_tests
        ;;
    demo)
        build
        echo "Without PowerShell the C# sample shows the campaign; the cmdlets did not run."
        exec dotnet run --project samples/CampaignInCSharp -c Release --no-build -- --demo
        ;;
    bench)
        build
        exec dotnet run --project tests/ParticipantMessaging.Benchmarks -c Release -- "$@"
        ;;
    package)
        build
        dotnet build src/ParticipantMessaging -c Release -v quiet -nologo -t:PackageModule -p:BuildProjectReferences=false
        echo "Packed:"
        ls artifacts/packages
        ;;
    clean)
        rm -rf output artifacts
        find src tests samples build -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} + 2>/dev/null || true
        ;;
esac
