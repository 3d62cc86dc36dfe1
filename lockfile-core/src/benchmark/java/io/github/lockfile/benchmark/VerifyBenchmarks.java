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
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Verifies a healthy lock.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class VerifyBenchmarks {

	private final ScratchDirectory scratch;

	private final Path barePath;

	private final FileChannel bareChannel;

	private final FileChannel guardedChannel;

	private FileLock guard;

	private final LockFile lock;

	/**
	 * Creates the directory and the lock.
	 */
	public VerifyBenchmarks() {
		this.scratch = Unchecked.call(ScratchDirectory::new);
		this.barePath = this.scratch.path().resolve("bare.lock");
		this.bareChannel = Unchecked.call(() -> BareLock.open(this.barePath));
		this.guardedChannel = Unchecked.call(() -> BareLock.open(this.scratch.path().resolve("guarded.lock")));
		this.guard = Unchecked.call(() -> this.guardedChannel.lock(0, 1, false));
		this.lock = LockFile.acquire(this.scratch.lockFile());
	}

	/**
	 * Deletes the directory.
	 * @throws IOException if that fails
	 */
	@TearDown
	public void delete() throws IOException {
		this.lock.close();
		this.bareChannel.close();
		this.guardedChannel.close();
		this.scratch.close();
	}

	/**
	 * Ours.
	 * @return what was found
	 */
	@Benchmark
	public Object lockfile() {
		Verification verification = this.lock.verify();
		if (verification.status() != Status.HELD) {
			throw new IllegalStateException(verification.toString());
		}
		return verification;
	}

	/**
	 * A look at the file, and a lock and unlock of one byte.
	 * @return what was found
	 * @throws IOException if that fails
	 */
	@Benchmark
	public Object bareJdk() throws IOException {
		BasicFileAttributes attributes = Files.readAttributes(this.barePath, BasicFileAttributes.class);
		FileLock lock = this.bareChannel.tryLock(0, 1, false);
		lock.release();
		return attributes;
	}

	/**
	 * The least that takes a held lock again with nobody in between: as the bare one, but
	 * behind a gate.
	 * @return what was found
	 * @throws IOException if that fails
	 */
	@Benchmark
	public Object bareJdkWithGate() throws IOException {
		BasicFileAttributes attributes = Files.readAttributes(this.barePath, BasicFileAttributes.class);
		FileLock gate = this.guardedChannel.tryLock(1 << 20, 1, false);
		this.guard.release();
		this.guard = this.guardedChannel.tryLock(0, 1, false);
		gate.release();
		return attributes;
	}

}
