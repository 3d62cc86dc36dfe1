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

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.github.lockfile.LockFile;
import io.github.lockfile.NativeLocking;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.Lock;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.store.NativeFSLockFactory;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The lock beside its peers: to acquire and release it, to be refused, and to verify it.
 * The benchmarks are named after what they do and who does it. Lucene writes and reads
 * nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Peers {

	private static final int ROUNDS = 3;

	private static final PrintStream out = System.out;

	private static final Map<String, Sample> samples = new HashMap<>();

	@Benchmark
	public void acquireLockfile(Free file) throws Exception {
		Program.LOCKFILE.acquire(file.scratch.lockFile()).close();
	}

	@Benchmark
	public void acquireBare(Free file) throws Exception {
		Program.BARE.acquire(file.scratch.lockFile()).close();
	}

	@Benchmark
	public void acquireLucene(Free file) throws IOException {
		NativeFSLockFactory.INSTANCE.obtainLock(file.lucene, "test.lock").close();
	}

	@Benchmark
	public String refusedLockfile(Held file) throws IOException {
		return Program.LOCKFILE.refused(file.scratch.lockFile());
	}

	@Benchmark
	public String refusedBare(Held file) throws IOException {
		return Program.BARE.refused(file.scratch.lockFile());
	}

	@Benchmark
	public Object refusedLucene(Held file) throws IOException {
		try (Lock lock = NativeFSLockFactory.INSTANCE.obtainLock(file.lucene, "test.lock")) {
			throw new IllegalStateException(lock + " is free");
		}
		catch (LockObtainFailedException ex) {
			return ex;
		}
	}

	@Benchmark
	public void verifyLockfile(Ours file) throws IOException {
		Program.LOCKFILE.verify(file.scratch.lockFile(), file.lock);
	}

	/**
	 * Measures for about four minutes, and prints the results. In each round every
	 * benchmark has one new JVM, so that a minute in which the machine is busy meets all.
	 * @param args none
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		String obstacle = NativeLocking.obstacle();
		out.println(obstacle.isEmpty() ? "Our lock is a native one" : "Our lock is a channel's: " + obstacle);
		for (int round = 1; round <= ROUNDS; round++) {
			out.printf(Locale.ROOT, "Round %d of %d%n", round, ROUNDS);
			runJmh();
			runPython("/usr/bin/python3");
		}
		out.println();
		out.println("Median [quartiles], microseconds per operation");
		samples.keySet().stream().sorted().forEach((name) -> out.printf("%-16s %s%n", name, sample(name)));
		ratio("acquireLockfile", "acquireBare", 1.8);
		ratio("acquireLockfile", "acquireLucene", 1);
		ratio("acquireLockfile", "acquireZc", 1);
		ratio("verifyLockfile", "acquireBare", 1.2);
	}

	private static Sample sample(String name) {
		return samples.computeIfAbsent(name, (missing) -> new Sample());
	}

	private static void ratio(String ours, String peer, double limit) {
		if (!sample(peer).isEmpty()) {
			out.printf("%s to %s: %s%n", ours, peer, sample(ours).to(sample(peer), limit));
		}
	}

	private static void runJmh() throws RunnerException {
		OptionsBuilder options = new OptionsBuilder();
		options.include(Peers.class.getName() + "\\.")
			.verbosity(VerboseMode.SILENT)
			.forks(1)
			.warmupIterations(6)
			.warmupTime(TimeValue.seconds(1))
			.measurementIterations(6)
			.measurementTime(TimeValue.milliseconds(300))
			.shouldFailOnError(true);
		for (RunResult result : new Runner(options.build()).run()) {
			Sample sample = sample(result.getPrimaryResult().getLabel());
			result.getBenchmarkResults()
				.forEach((fork) -> fork.getIterationResults()
					.forEach((iteration) -> sample.add(iteration.getPrimaryResult().getScore())));
		}
	}

	/**
	 * Measures {@code zc.lockfile}, where this machine has it.
	 */
	private static void runPython(String interpreter) throws IOException {
		try (ScratchDirectory scratch = new ScratchDirectory();
				InputStream script = Objects.requireNonNull(Peers.class.getResourceAsStream("/zc_lockfile.py"))) {
			Path file = scratch.path().resolve("zc_lockfile.py");
			Files.copy(script, file);
			Process process = new ProcessBuilder(interpreter, "-B", file.toString(), scratch.lockFile().toString())
				.redirectError(ProcessBuilder.Redirect.DISCARD)
				.start();
			List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
				.toList();
			for (String line : lines) {
				String[] figure = line.split(" ");
				sample(figure[0] + "Zc").add(Double.parseDouble(figure[1]));
			}
		}
	}

	@State(Scope.Benchmark)
	@NullUnmarked // JMH calls the set-up.
	public static class Free {

		ScratchDirectory scratch;

		Directory lucene;

		@Setup
		public void create() throws IOException {
			this.scratch = new ScratchDirectory();
			this.lucene = FSDirectory.open(this.scratch.path());
			LockFile.acquire(this.scratch.lockFile()).close();
		}

		@TearDown
		public void delete() throws IOException {
			this.lucene.close();
			this.scratch.close();
		}

	}

	@NullUnmarked
	public static class Held extends Free {

		ChildJvm holder;

		@Override
		public void create() throws IOException {
			super.create();
			this.holder = HolderProcess.hold(this.scratch.lockFile(), "{pid}");
		}

		@Override
		public void delete() throws IOException {
			this.holder.close();
			super.delete();
		}

	}

	@NullUnmarked
	public static class Ours extends Free {

		LockFile lock;

		@Override
		public void create() throws IOException {
			super.create();
			this.lock = LockFile.acquire(this.scratch.lockFile());
		}

		@Override
		public void delete() throws IOException {
			this.lock.close();
			super.delete();
		}

	}

}
