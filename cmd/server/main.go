// Command server is carrierhook: the server that an express company puts behind
// WeChat's message push, and the tools around it.
//
// This package wires the others together, in the open and once. It decides
// nothing.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	if err := command().ExecuteContext(ending()); err != nil {
		if !errors.Is(err, errShown) {
			last := newLogQueue(os.Stderr) // a reader that has stopped does not keep the program from ending
			fmt.Fprintln(last, "server:", err)
			last.close()
		}
		os.Exit(1)
	}
}

// errShown says that the program failed and that the reason has been shown.
var errShown = errors.New("failed")

// command is the program's whole command line.
func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "server",
		Short:         "carrierhook: an express company's side of WeChat's message push",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       built.version + " (" + built.commit + ")",
	}
	root.PersistentFlags().String("config", "", "configuration file (default ./config.yaml, if it is there)")
	root.AddCommand(
		serveCommand(), demoCommand(), pushCommand(), migrateCommand(), maintainCommand(), importCommand(), showCommand(), eventsCommand(), wechatCommand(), tokenCommand(),
		healthcheckCommand(), versionCommand(), sandboxCommand(), conformanceCommand(),
	)
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version and the commit it was built from",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "carrierhook %s (%s)\n", built.version, built.commit)
			return err
		},
	}
}
