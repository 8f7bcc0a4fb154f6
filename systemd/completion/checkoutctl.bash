# bash completion for checkoutctl(1)                                     -*- shell-script -*-

# What the verbs take, by verb; tests/unit/test_documentation.c holds it against the program.
declare -gA _checkoutctl_options=(
        [check]='--profile --all'
        [submit]='--profile --count --sum --wait --recurring'
        [status]='--follow --all'
        [show]=''
        [report]='--batch --profile --run --status --from --to --by --format --language --daily'
        [verify]=''
        [doctor]='--tmpfiles'
        [hold]='--all --batch --order --profile --run --no-wait'
        [release]='--all --batch --order --profile --run --store --no-wait'
        [approve]='--no-wait'
        [requeue]='--batch --order --profile --run --new-key --no-wait'
        [cancel]='--batch --order --profile --run --no-wait'
        [reissue]='--order --profile --run --no-wait'
        [sync]='--batch --order --profile --run --no-wait'
        [forget]='--order --profile --run --no-wait'
)

_checkoutctl() {
        local cur prev words cword verb='' i
        _init_completion || return
        for ((i = 1; i < cword; i++)); do
                [[ ${words[i]} == --config ]] && { ((i++)); continue; }
                [[ ${words[i]} == -* ]] || { verb=${words[i]}; break; }
        done
        case $prev in
        --config) _filedir conf; return ;;
        --profile)
                COMPREPLY=($(compgen -W "$(sed -n 's/^[[:blank:]]*\[profile \([^]]*\)\].*/\1/p' \
                        /etc/checkoutd/checkoutd.conf /etc/checkoutd/checkoutd.conf.d/*.conf 2>/dev/null)" -- "$cur"))
                return
                ;;
        --batch | --order | --run | --from | --to) return ;;
        --by) COMPREPLY=($(compgen -W 'paid created expires due' -- "$cur")); return ;;
        --format) COMPREPLY=($(compgen -W 'table csv json xlsx html' -- "$cur")); return ;;
        --language) COMPREPLY=($(compgen -W 'es en' -- "$cur")); return ;;
        --status)
                COMPREPLY=($(compgen -W 'rejected duplicate conflict held queued sending unknown refused open
                        in_progress paid mismatch failed expired cancelled refunded' -- "$cur"))
                return
                ;;
        -o) _filedir; return ;;
        esac
        if [[ -z $verb ]]; then
                COMPREPLY=($(compgen -W "${!_checkoutctl_options[*]} --config --json --help --version" -- "$cur"))
        elif [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W "${_checkoutctl_options[$verb]-} --config --json --help" -- "$cur"))
        elif [[ $verb == check || $verb == submit ]]; then
                _filedir '@(csv|CSV)'
        fi
} && complete -F _checkoutctl checkoutctl
