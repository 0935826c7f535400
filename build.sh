#!/usr/bin/env bash
# The same door as build.ps1 for a machine that may lack PowerShell: ./build.sh <build|test|demo|bench|package|install|clean>
# Uses pwsh from PATH, else the PowerShell .NET tool of .config/dotnet-tools.json, else does with the .NET SDK what can be done so.
# PM_PWSH=tool takes the .NET tool even where there is a pwsh on PATH, PM_PWSH=none does without.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 POWERSHELL_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false

task=$(printf '%s' "${1:-build}" | tr '[:upper:]' '[:lower:]')
shift || true
case "$task" in
    build | test | demo | bench | package | install | clean) ;;
    *)
        echo "Unknown task '$task'. Tasks: build, test, demo, bench, package, install, clean." >&2
        exit 2
        ;;
esac

if ! command -v dotnet >/dev/null; then
    echo "The .NET SDK is needed (dotnet is not on PATH)." >&2
    exit 2
fi

# Profiles for code that ends soon: nearly a third of what compiling and analysing this takes. A benchmark runs as users do.
[ "$task" = bench ] || export DOTNET_TieredPGO=0

if [ -n "${CI:-}" ] || [ "$task" = demo ]; then
    # Nothing is left running: no build nodes and no compiler that wait for the next build.
    export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
fi

say() { printf '%4d s  %s\n' "$SECONDS" "$1"; }

if [ "${PM_PWSH:-}" != none ]; then
    if [ "${PM_PWSH:-}" != tool ] && command -v pwsh >/dev/null; then
        exec pwsh -NoLogo -NoProfile -NonInteractive -File ./build.ps1 "$task" "$@"
    fi
    version=$(sed -n '/"powershell"/,/}/s/.*"version": "\([^"]*\)".*/\1/p' .config/dotnet-tools.json)
    say "There is no pwsh here; taking PowerShell $version as a .NET tool (fetched the first time)."
    if dotnet tool restore >/dev/null 2>&1 && dotnet tool run pwsh -NoLogo -NoProfile -Command 'exit 0' >/dev/null 2>&1; then
        exec dotnet tool run pwsh -NoLogo -NoProfile -NonInteractive -File ./build.ps1 "$task" "$@"
    fi
    say "PowerShell is not to be had from the package registry; going on with the .NET SDK alone."
fi

solution=ParticipantMessaging.slnx
results=artifacts/test-results
module_version=$(sed -n "s/^ *ModuleVersion *= *'\([0-9.]*\)'.*/\1/p" ParticipantMessaging.psd1)
staged=output/ParticipantMessaging/$module_version

# What the module, the simulator and the samples are made of. build.ps1 knows the same list.
sources() {
    find src module build docs/cmdlets samples/CampaignInCSharp -type d \( -name bin -o -name obj \) -prune -o -type f "$@" -print
    find . -maxdepth 1 -type f \( -name '*.props' -o -name '*.psd1' -o -name '*.slnx' -o -name global.json -o -name LICENSE -o -name CHANGELOG.md \) "$@" -print
}

up_to_date() {
    [ -e output/built ] && [ -d "$staged" ] && [ "$(sources | wc -l)" -eq "$(cat output/built)" ] && [ -z "$(sources -newer output/built)" ]
}

# build WHAT: the whole solution, or of it what runs.
build() {
    local started
    mkdir -p output
    started=$(mktemp output/started.XXXXXX)
    say "Restoring packages; the first time this may take a minute or two."
    dotnet restore "$1" -v quiet -nologo
    say "Building; the first time this may take a minute."
    dotnet msbuild "$1" -p:Configuration=Release -v:quiet -nologo
    dotnet msbuild src/ParticipantMessaging -p:Configuration=Release -v:quiet -nologo -t:Stage -p:BuildProjectReferences=false
    sources | wc -l >output/built
    # What is changed while it builds is built next time.
    touch -r "$started" output/built
    rm -f "$started"
    say "Staged: $staged"
}

build_product() {
    if up_to_date; then say "Nothing has changed since the last build."; else build build/Product.slnf; fi
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
    # One project after the other: side by side their output would be mixed.
    for project in $(grep -l '<IsTestProject>true' tests/*/*.csproj); do
        say "Testing $(basename "$project" .csproj)."
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

install_module() {
    local ours="${XDG_DATA_HOME:-$HOME/.local/share}/powershell/Modules/ParticipantMessaging"
    if [ "$(printf '%s' "${1:-}" | tr '[:upper:]' '[:lower:]')" = -uninstall ]; then
        rm -rf "${ours:?}/$module_version"
        rmdir "$ours" 2>/dev/null || true
        echo "Removed: $ours/$module_version"
        return
    fi
    build_product
    mkdir -p "$ours"
    rm -rf "$ours/.$module_version.new"
    cp -r "$staged" "$ours/.$module_version.new"
    rm -rf "${ours:?}/$module_version"
    mv "$ours/.$module_version.new" "$ours/$module_version"
    echo "Installed: $ours/$module_version"
}

case "$task" in
    build)
        build "$solution"
        ;;
    test)
        build "$solution"
        run_tests
        ;;
    demo)
        build_product
        echo "Without PowerShell the C# sample shows the campaign; the cmdlets did not run."
        exec dotnet run --project samples/CampaignInCSharp -c Release --no-build -- --demo
        ;;
    bench)
        build "$solution"
        exec dotnet run --project tests/ParticipantMessaging.Benchmarks -c Release -- "$@"
        ;;
    package)
        build build/Product.slnf
        dotnet msbuild src/ParticipantMessaging -p:Configuration=Release -v:quiet -nologo -t:PackageModule -p:BuildProjectReferences=false
        echo "Packed:"
        ls artifacts/packages
        ;;
    install)
        install_module "$@"
        ;;
    clean)
        rm -rf output artifacts
        find src tests samples build -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} + 2>/dev/null || true
        ;;
esac
