package main

import "testing"

func TestCount(t *testing.T) {
	if total := count(10, 100); total != 2376 {
		t.Fatal(total)
	}
}
