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

package io.github.lockfile.spring.boot.startup;

import java.time.Duration;
import java.util.Locale;

/**
 * Durations in the form in which users write them.
 */
final class Durations {

	private Durations() {
	}

	static String format(Duration duration) {
		return duration.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
	}

	/**
	 * Returns a measured duration in whole milliseconds, at least one.
	 */
	static Duration since(long startNanos) {
		return Duration.ofMillis(Math.max(1, Duration.ofNanos(System.nanoTime() - startNanos).toMillis()));
	}

}
