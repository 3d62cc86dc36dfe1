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

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measured values of one figure.
 */
final class Sample {

	private final List<Double> values = new ArrayList<>();

	void add(double value) {
		this.values.add(value);
	}

	boolean isEmpty() {
		return this.values.isEmpty();
	}

	double median() {
		return quantile(0.5);
	}

	private double quantile(double part) {
		int rank = (int) Math.ceil(part * this.values.size());
		return this.values.stream().sorted().toList().get(Math.max(rank, 1) - 1);
	}

	/**
	 * Compares medians, and says whether the ratio is what it must be.
	 */
	String to(Sample peer, double limit) {
		double ratio = median() / peer.median();
		return String.format(Locale.ROOT, "%.3f, must be at most %s: %s", ratio, limit,
				(ratio <= limit) ? "met" : "missed");
	}

	/**
	 * Returns the median with the quartiles beside it.
	 */
	@Override
	public String toString() {
		return String.format(Locale.ROOT, "%9.2f  [%.2f .. %.2f]", median(), quantile(0.25), quantile(0.75));
	}

}
