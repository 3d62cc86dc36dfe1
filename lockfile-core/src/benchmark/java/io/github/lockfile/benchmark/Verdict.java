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

package io.github.lockfile.benchmark;

import java.util.Locale;

/**
 * Whether a figure is what it must be.
 */
final class Verdict {

	private Verdict() {
	}

	static String atMost(double value, double limit) {
		return of(value, "at most", limit, value <= limit);
	}

	static String below(double value, double limit) {
		return of(value, "below", limit, value < limit);
	}

	private static String of(double value, String relation, double limit, boolean met) {
		return String.format(Locale.ROOT, "%.3f, must be %s %s: %s", value, relation, limit, met ? "met" : "missed");
	}

}
