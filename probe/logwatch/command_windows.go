package logwatch

import (
	"os/exec"
	"strconv"
	"syscall"
)

func shellCommand(line string) *exec.Cmd {
	cmd := exec.Command("cmd")
	// cmd.exe does not read its arguments as other programs do.
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: "cmd /C " + line, CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	return cmd
}

// endGroup ends a process and its children; Windows has no signal to ask with.
func endGroup(cmd *exec.Cmd) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run()
}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
