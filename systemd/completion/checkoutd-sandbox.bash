# bash completion for checkoutd-sandbox(1)                               -*- shell-script -*-

_checkoutd_sandbox() {
        local cur prev words cword
        local options='--port --api-key --latency --rate --fault --slow --seed --ids --pay --pay-after
                --payer --resolve-after --expire-fast --key-lifetime --known-customer --compare --lenient
                --keep-alive --journal --help --version'
        local faults='reset-before silence-before html-502 html-403 redirect auth-401 account-402 account-403
                rate-429 rate-429-retry-after refuse refuse-409 refuse-422 refuse-unknown rate-429-stored
                error-500 error-503 error-500-made wrong-amount wrong-currency wrong-mode wrong-key
                other-session foreign-link gone
                reset-after silence-after slow truncated html-502-made not-json'
        local payers='pay pay-late pay-twice pay-wrong fail reject pending pending-fail abandon refund'
        _init_completion -n = || return
        case $prev in
        --journal) _filedir; return ;;
        --compare) COMPREPLY=($(compgen -W 'bytes parsed' -- "$cur")); return ;;
        --fault) compopt -o nospace; COMPREPLY=($(compgen -S = -W "$faults" -- "$cur")); return ;;
        --payer) compopt -o nospace; COMPREPLY=($(compgen -S = -W "$payers" -- "$cur")); return ;;
        esac
        [[ $cur != -* ]] || COMPREPLY=($(compgen -W "$options" -- "$cur"))
} && complete -F _checkoutd_sandbox checkoutd-sandbox
