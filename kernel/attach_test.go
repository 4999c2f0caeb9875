package kernel

import "testing"

func TestAttachTargets(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	c := m.Config
	c.ErrorInjection = true
	inject := m.With(WithConfig(c))
	for _, tt := range []struct {
		m                     *Model
		fn                    string
		sleepable, modifiable bool
	}{
		{m, "__x64_sys_getpgid", false, false},
		{inject, "__x64_sys_getpgid", true, true},
		{inject, "should_failslab", false, true},
		{inject, "tcp_v4_connect", false, false},
		{m, "bpf_fentry_test1", true, true},
		{m, "bpf_modify_return_test", false, true},
		{m, "security_file_open", false, true},
	} {
		if s, r := tt.m.TraceSleepable(tt.fn), tt.m.ReturnModifiable(tt.fn); s != tt.sleepable || r != tt.modifiable {
			t.Errorf("%s with error injection %v: sleepable %v, modifiable %v", tt.fn, tt.m.Config.ErrorInjection, s, r)
		}
	}
	if m.LSMHookDisabled("bpf_lsm_file_alloc_security") || !m.LSMHookDisabled("bpf_lsm_getprocattr") {
		t.Error("disabled hooks")
	}
	if !m.With(Enable(Of(FileAllocHookDisabled))).LSMHookDisabled("bpf_lsm_file_alloc_security") {
		t.Error("file_alloc_security is not disabled by its feature")
	}
}

func TestLSMTables(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, list := range [][]string{lsmDisabledHooks, lsmSleepableHooks, lsmUntrustedHooks} {
		for _, hook := range list {
			if id, _ := m.Types.FindFunc(hook); id != 0 {
				known++
			} else {
				t.Logf("this kernel lacks %s", hook)
			}
		}
	}
	if known < 100 {
		t.Errorf("only %d of the hooks are in the BTF", known)
	}
}
