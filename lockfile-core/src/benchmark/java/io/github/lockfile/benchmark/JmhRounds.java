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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs JMH benchmarks in rounds. In each round every benchmark has one new JVM, so that a
 * minute in which the machine is busy meets all of them.
 */
final class JmhRounds {

	private final Map<String, List<Double>> values = new HashMap<>();

	/**
	 * Runs one round.
	 * @param classes the classes with the benchmarks
	 */
	void run(Class<?>... classes) throws RunnerException {
		OptionsBuilder options = new OptionsBuilder();
		for (Class<?> benchmarks : classes) {
			options.include(benchmarks.getName() + "\\.");
		}
		options.verbosity(VerboseMode.SILENT)
			.forks(1)
			.warmupIterations(4)
			.warmupTime(TimeValue.milliseconds(400))
			.measurementIterations(6)
			.measurementTime(TimeValue.milliseconds(300))
			.shouldFailOnError(true);
		for (RunResult result : new Runner(options.build()).run()) {
			List<Double> values = this.values.computeIfAbsent(name(result.getParams()), (name) -> new ArrayList<>());
			for (BenchmarkResult fork : result.getBenchmarkResults()) {
				for (IterationResult iteration : fork.getIterationResults()) {
					values.add(iteration.getPrimaryResult().getScore());
				}
			}
		}
	}

	private static String name(BenchmarkParams params) {
		return params.getBenchmark().substring(params.getBenchmark().lastIndexOf('.') + 1);
	}

	/**
	 * Returns what was measured in all rounds.
	 * @param benchmark the method
	 * @return the time per operation in each iteration, in microseconds
	 */
	Sample sample(String benchmark) {
		return new Sample(this.values.getOrDefault(benchmark, List.of()));
	}

}
