package main

import (
	"fmt"
	"slices"
	"strings"

	"carrierhook/internal/config"
)

// miniProgramFlag is the flag for a mini program of commands whose --account is a merchant's.
const miniProgramFlag = "mini-program"

// accountFlag is how a command's flag --account, or --mini-program, is explained.
const accountFlag = "which mini program, by its name in wechat.accounts; needed where there are several"

// namedAccount is the mini program that a flag names, or the only one.
func namedAccount(cfg config.Config, flag, name string) (config.Account, error) {
	all := cfg.Accounts()
	if name == "" && len(all) == 1 {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(a config.Account) bool { return a.Name == name })
	if i < 0 {
		var names []string
		for _, a := range all {
			names = append(names, a.Name)
		}
		return config.Account{}, fmt.Errorf("--%s is %q: name one of %s", flag, name, strings.Join(names, ", "))
	}
	return all[i], nil
}

// onlyUserName is the user name of the only mini program, empty where there are several: of
// what belongs to none of them.
func onlyUserName(cfg config.Config) string {
	if all := cfg.Accounts(); len(all) == 1 {
		return all[0].UserName
	}
	return ""
}
