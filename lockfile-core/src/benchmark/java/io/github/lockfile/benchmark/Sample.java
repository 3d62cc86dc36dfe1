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

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/**
 * Measured values of one figure.
 */
final class Sample {

	private final double[] sorted;

	Sample(Collection<Double> values) {
		this(values.stream().mapToDouble(Double::doubleValue).toArray());
	}

	Sample(double... values) {
		this.sorted = values.clone();
		Arrays.sort(this.sorted);
	}

	int size() {
		return this.sorted.length;
	}

	double median() {
		return quantile(0.5);
	}

	double max() {
		return this.sorted[this.sorted.length - 1];
	}

	/**
	 * Returns a value that a part of all values does not exceed.
	 * @param part the part, from 0 to 1
	 * @return the value of the nearest rank
	 */
	double quantile(double part) {
		int rank = (int) Math.ceil(part * this.sorted.length);
		return this.sorted[Math.max(rank, 1) - 1];
	}

	/**
	 * Returns the median with the quartiles beside it.
	 */
	@Override
	public String toString() {
		return String.format(Locale.ROOT, "%9.2f  [%.2f .. %.2f]", median(), quantile(0.25), quantile(0.75));
	}

}
