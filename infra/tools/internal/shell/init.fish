# Written by make shell.
function _demo_environment
{{range .Set}}    builtin set -gx {{.Name}} {{fish .Value}}
{{end}}{{if .Unset}}    for name in (builtin set -nx)
        switch $name
            case {{words .Kept " "}}
            case{{range .Unset}} {{fish .}}{{end}}
                builtin set -eg $name
                builtin set -q $name; and builtin set -gx $name # a universal variable cannot be hidden: it becomes empty
        end
    end
{{end}}    builtin functions -e {{words shadowed " "}}
    builtin cd {{fish .Checkout}}
    {{fish .Tools}} shell-check {{fish .Folder}}; or builtin exit {{.Refused}}
end

function _demo_first_prompt --on-event fish_prompt # hooks of the first prompt may change PATH, such as mise's
    builtin functions -e _demo_first_prompt
    _demo_environment
end

function _demo_status
    return $argv[1]
end

_demo_environment
builtin functions -q fish_prompt; and builtin functions -c fish_prompt _demo_fish_prompt
function fish_prompt
    builtin set -l last $status
    builtin printf '%s' {{fish .Prompt}}
    _demo_status $last
    builtin functions -q _demo_fish_prompt; and _demo_fish_prompt
end
