# Written by make shell.
function _demo_environment
{{range .Set}}    set -gx {{.Name}} {{fish .Value}}
{{end}}{{if .Unset}}    for name in (set -nx)
        switch $name
            case {{words .Kept " "}}
            case{{range .Unset}} {{fish .}}{{end}}
                set -eg $name
                set -q $name; and set -gx $name # one that is universal stays, and is empty
        end
    end
{{end}}    functions -e {{words shadowed " "}}
end

function _demo_first_prompt --on-event fish_prompt # hooks of the first prompt, such as mise's, change PATH
    functions -e _demo_first_prompt
    _demo_environment
end

function _demo_status
    return $argv[1]
end

_demo_environment
functions -q fish_prompt; and functions -c fish_prompt _demo_fish_prompt
function fish_prompt
    set -l last $status
    printf '%s' {{fish .Prompt}}
    _demo_status $last
    functions -q _demo_fish_prompt; and _demo_fish_prompt
end
