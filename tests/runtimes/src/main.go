package main

import (
	"fmt"
	"sync"
	"time"
)

func count(workers, steps int) int {
	var wg sync.WaitGroup
	ch := make(chan int, 10)
	for i := 0; i < workers; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			s := 0
			for k := 0; k < steps; k++ {
				s += k * i % 7
			}
			ch <- s
		}(i)
	}
	go func() { wg.Wait(); close(ch) }()
	total := 0
	for s := range ch {
		total += s
	}
	return total
}

func main() {
	total := count(2000, 1000)
	tick := time.NewTicker(time.Millisecond)
	n := 0
	for range tick.C {
		n++
		if n == 20 {
			break
		}
	}
	fmt.Println("total", total, n)
}
