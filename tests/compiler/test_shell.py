"""What a script does with a reference, in real shells: the value, whole, and never as code."""

import shutil
import subprocess
from pathlib import Path

import pytest

from compiler.reference import Reference
from compiler.shell import translate

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
VALUES = [
    "plain",
    "two words",
    "",
    "*",
    "a'b\"c",
    "$(touch pwned)`touch pwned`",
    "; touch pwned #",
    "back\\slash \\\\ $HOME ${HOME} $$",
    "line\nbreak\n  EOF\nEOF",
    "{{x}} -n %s !! ~ &",
]
SCRIPTS = {
    "bare": ("printf '<%s>' ${params.x}", "<{v}>"),
    "within a word": ("printf '<%s>' a${params.x}b", "<a{v}b>"),
    "double quotes": ("printf '<%s>' \"a ${params.x} b\"", "<a {v} b>"),
    "twice": ('printf "<%s>" ${params.x}"${params.x}"', "<{v}{v}>"),
    "assignment": ("y=${params.x}\nprintf '<%s>' \"$y\"", "<{v}>"),
    "command substitution": ("printf '<%s>' \"$(printf '%s.' ${params.x})\"", "<{v}.>"),
    "case in a substitution": (
        "printf '<%s>' \"$(case x in (a) ;; x) printf '%s.' ${params.x} ;; esac)\"${params.x}",
        "<{v}.{v}>",
    ),
    "a word that is no case": (
        "printf '<%s>' \"$(printf case)${params.x}\"",
        "<case{v}>",
    ),
    "subshell": ("(printf '<%s>' ${params.x})", "<{v}>"),
    "default of a variable": ("printf '<%s>' ${NONE:-${params.x}}", "<{v}>"),
    "quoted default": ("printf '<%s>' \"${NONE:-a${params.x}}\"", "<a{v}>"),
    "here-document": ("cat <<EOF\n<${params.x}>\nEOF\n", "<{v}>\n"),
    "here-document with tabs": ("cat <<-EOF\n\t<${params.x}>\n\tEOF\n", "<{v}>\n"),
    "two here-documents": (
        "cat <<A; cat <<'B'\n<${params.x}>\nA\nit's $x\nB\nprintf '<%s>' ${params.x}",
        "<{v}>\nit's $x\n<{v}>",
    ),
    "here-document in a substitution": (
        "printf '<%s>' \"$(cat <<EOF\n${params.x}.\nEOF\n)\"",
        "<{v}.>",
    ),
    "after quotes": ("printf '<%s>' 'it'\\''s '${params.x}' x'", "<it's {v} x>"),
    "after a comment": ("# don't ${params.x}\nprintf '<%s>' ${params.x}", "<{v}>"),
    "hash within a word": ("printf '<%s>' a#'b'${params.x}", "<a#b{v}>"),
    "length of a variable": ("y=abc; printf '<%s>' ${#y}${params.x}", "<3{v}>"),
    "after arithmetic": ("printf '<%s>' $((1 + (2 * 3)))${params.x}", "<7{v}>"),
    "escaped quotes": ("printf '<%s>' \\\"${params.x}\\\" ", '<"{v}">'),
    "case": ("case ${params.x} in\n*) printf '<%s>' ${params.x};;\nesac", "<{v}>"),
    "loop": ("for y in ${params.x}; do printf '<%s>' \"$y\"; done", "<{v}>"),
    "literal": (
        "printf '<%s>' $${params.x} \"$${params.x}\" '$${params.x}'",
        "<${{params.x}}>" * 3,
    ),
    "literal in a here-document": ("cat <<EOF\n$${params.x}\nEOF\n", "${{params.x}}\n"),
    "variables of the shell": ("y=1; printf '<%s>' ${y} ${HOME:+h} $y", "<1><h><1>"),
}


def variable(reference: Reference) -> str:
    return f"ARGOSY_{reference.namespace}_{reference.path}".upper().replace(".", "_")


def execute(shell: str, script: str, value: str, folder: Path) -> str:
    command = [shell, "sh", "-eu"] if shell == "busybox" else [shell, "-eu"]
    environment = {"ARGOSY_PARAMS_X": value, "HOME": "/home", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*command, "-c", script], env=environment, cwd=folder, capture_output=True, check=True
    )
    return done.stdout.decode()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_shell_sees_the_value_whole_and_never_as_code(
    name: str, shell: str, tmp_path: Path
) -> None:
    script, expected = SCRIPTS[name]
    translated = translate(script, variable)
    assert translated.misplaced == ()
    for value in VALUES:
        assert execute(shell, translated.script, value, tmp_path) == expected.format(v=value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "where", "remedy"),
    [
        ("echo '${params.x}'", "inside single quotes", "'a '${params.x}' b'"),
        ("echo $'${params.x}'", "inside single quotes", "double quotes"),
        ("python -c 'print(\"${params.x}\")'", "inside single quotes", "close the single"),
        ("cat <<'EOF'\n${params.x}\nEOF", "inside a quoted here-document", "<<EOF without"),
        ("cat <<\\EOF\n${params.x}\nEOF", "inside a quoted here-document", "<<EOF without"),
        ("echo $((${params.x} + 1))", "inside an arithmetic expression", "x=${params.x}"),
        ('echo "$(( (${params.x}) ))"', "inside an arithmetic expression", "$((x + 1))"),
        ("echo `echo ${params.x}`", "inside backticks", "use $(…)"),
        ('echo "`echo ${params.x}`"', "inside backticks", "use $(…)"),
        ("echo \\${params.x}", "after a backslash", "write $${params.x}"),
        ('echo "\\${params.x}"', "after a backslash", "drop the backslash"),
    ],
)
def test_a_reference_that_a_shell_would_not_expand_is_refused(
    script: str, where: str, remedy: str
) -> None:
    (misplaced,) = translate(script, variable).misplaced
    assert misplaced.where == where
    assert remedy in misplaced.remedy
    start, end = misplaced.reference.start, misplaced.reference.end
    assert script[start:end] == "${params.x}"


def test_quotes_of_one_place_do_not_reach_into_the_next() -> None:
    script = "echo 'a' \"it's\" ${params.x} # it's\necho \"'\" ${params.x} '${params.y}'\n"
    translated = translate(script, variable)
    assert [misplaced.reference.path for misplaced in translated.misplaced] == ["y"]


def test_scripts_without_references_are_left_alone() -> None:
    script = (
        "set -eu\nfor f in *.csv; do echo \"${f%.csv}\" ${f#a.} '${x}'; done\necho $$ ${HOME}\n"
    )
    assert translate(script, variable).script == script


@pytest.mark.parametrize(
    "script", ["", "\\", "echo '", 'echo "', "cat <<", "cat <<A\nx", "$((", "${", "`", "#"]
)
def test_unfinished_scripts_are_read_to_their_end(script: str) -> None:
    assert translate(script, variable).script == script


@pytest.mark.parametrize(
    "script",
    [
        "eval ${params.x}",
        'x=1; eval "echo ${params.x}"',
        "sh -c ${params.x}",
        'bash -o pipefail -ec "a\nb ${params.x}"',
        '/bin/sh -c "echo ${params.x}"',
        'python3.11 -c "print(${params.x})"',
        'perl -ne "print ${params.x}"',
    ],
)
def test_a_value_in_code_for_another_program_is_refused(script: str) -> None:
    (found,) = translate(script, lambda _: "X").misplaced
    assert found.where == "inside code for another program"
    assert found.remedy.endswith("sh ${params.x}")


@pytest.mark.parametrize(
    "script",
    [
        "sh -c 'echo \"$1\"' sh ${params.x}",
        "sh -e job.sh ${params.x}",
        "python train.py eval ${params.x}",
        "python train.py -c ${params.x}",
        "grep -e ${params.x} f",
        'sh -c "a"; echo "${params.x}"',
    ],
)
def test_a_value_beside_code_may_stand(script: str) -> None:
    assert translate(script, lambda _: "X").misplaced == ()
