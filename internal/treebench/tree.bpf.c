//go:build ignore

// SPDX-License-Identifier: MIT
/* The ways that 6.18 allows. */
#include "tree.h"

LICENSE("GPL");
