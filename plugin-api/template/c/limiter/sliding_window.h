/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An exact sliding window for any number of keys: each remembers the times of its last `limit` events, and another one
 * is allowed when the oldest of them has left the window that ends now. Any thread.
 *
 * All times come from the host. They may arrive a little out of order (two requests, two threads): up to ten seconds
 * behind the newest event of its key, a call is judged as if it had come in time. Further behind, the clock has been
 * set back, and events in the future count as of now: or everybody would wait for the clock to catch up. */
struct sliding_window;

/* A key that can refuse nobody any more is forgotten; at most `max_keys` are remembered at a time. NULL: no memory. */
struct sliding_window* window_new(size_t max_keys);
void window_free(struct sliding_window* window);

struct verdict {
  bool allowed;
  uint32_t remaining;
  int64_t retry_after_us;
};

/* Counts one event if the window has room. False: no place for another key, or no memory; nothing was counted. */
bool window_take(struct sliding_window* window, const uint8_t* key, size_t key_size, uint32_t limit, int64_t window_us,
                 int64_t now_us, struct verdict* verdict);
void window_forget(struct sliding_window* window, const uint8_t* key, size_t key_size);
