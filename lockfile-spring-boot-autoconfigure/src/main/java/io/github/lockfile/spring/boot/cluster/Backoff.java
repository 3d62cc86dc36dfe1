/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.cluster;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses between attempts to reach a database that cannot be reached. Each is up to twice
 * as long as the one before, and by chance up to a half shorter, so that those that wait
 * do not all come at once.
 */
final class Backoff {

	private static final Duration SHORTEST = Duration.ofMillis(200);

	static final Duration LONGEST = Duration.ofSeconds(5);

	private Duration next = SHORTEST;

	/**
	 * Returns the next pause.
	 * @param longest how long it may be; a fifth of a second is never too long
	 * @return the pause
	 */
	Duration next(Duration longest) {
		Duration pause = Collections.min(List.of(this.next, Collections.max(List.of(longest, SHORTEST))));
		this.next = pause.multipliedBy(2);
		return spread(pause, 0.5, 1);
	}

	void reset() {
		this.next = SHORTEST;
	}

	static Duration spread(Duration time, double from, double to) {
		return Duration.ofNanos((long) (time.toNanos() * ThreadLocalRandom.current().nextDouble(from, to)));
	}

}
