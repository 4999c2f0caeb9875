//go:build !linux

package main

import "errors"

func mountBPF(string) error { return errors.ErrUnsupported }

func unmount(string) error { return nil }
