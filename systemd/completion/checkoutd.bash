# bash completion for checkoutd(8)                                       -*- shell-script -*-

_checkoutd() {
        local cur prev words cword
        _init_completion || return
        case $prev in
        --config) _filedir conf; return ;;
        --timeout) return ;;
        esac
        COMPREPLY=($(compgen -W '--config --once --timeout --help --version' -- "$cur"))
} && complete -F _checkoutd checkoutd
