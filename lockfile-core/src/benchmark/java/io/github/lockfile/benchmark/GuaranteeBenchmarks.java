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
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The bare sequence of the JDK, and the same with the system calls of one guarantee
 * added: the difference is what that guarantee costs, however it is programmed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GuaranteeBenchmarks {

	private static final int LARGEST_PADDING = 4000;

	private final ScratchDirectory scratch;

	private final Path directory;

	private final Path path;

	/**
	 * Creates the directory and the file.
	 */
	public GuaranteeBenchmarks() {
		this.scratch = Unchecked.call(ScratchDirectory::new);
		this.directory = this.scratch.path();
		this.path = this.scratch.lockFile();
		Unchecked.call(() -> BareLock.acquireAndRelease(this.path));
	}

	/**
	 * Deletes the directory.
	 * @throws IOException if that fails
	 */
	@TearDown
	public void delete() throws IOException {
		this.scratch.close();
	}

	/**
	 * No guarantee.
	 * @return whether the lock was acquired
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean bare() throws IOException {
		return BareLock.acquireAndRelease(this.path);
	}

	/**
	 * A claim of the real path: nobody else in this JVM opens the file, not by another
	 * name of its directory either.
	 * @return whether the lock was acquired
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean claimOfThePath() throws IOException {
		String claim = "benchmark." + this.directory.toRealPath().resolve("test.lock");
		System.getProperties().putIfAbsent(claim, "");
		boolean acquired = BareLock.acquireAndRelease(this.path);
		System.getProperties().remove(claim);
		return acquired;
	}

	/**
	 * A look at what the path names, and a claim of that file: nothing but a regular file
	 * is opened, and nobody else in this JVM opens it by a hard link.
	 * @return whether the lock was acquired
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean claimOfTheFile() throws IOException {
		BasicFileAttributes found = look();
		if (!found.isRegularFile()) {
			return false;
		}
		String claim = "benchmark." + found.fileKey();
		System.getProperties().putIfAbsent(claim, "");
		boolean acquired = BareLock.acquireAndRelease(this.path);
		System.getProperties().remove(claim);
		return acquired;
	}

	/**
	 * A gate: the holder can verify its lock with nobody in between, and who is refused
	 * reads a whole record.
	 * @return whether the lock was acquired
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean gate() throws IOException {
		try (FileChannel channel = BareLock.open(this.path)) {
			try (FileLock gate = channel.tryLock(1 << 20, 1, false)) {
				FileLock guard = channel.tryLock(0, 1, false);
				if (gate == null || guard == null) {
					return false;
				}
				BareLock.write(channel);
				return true;
			}
		}
	}

	/**
	 * A proof of identity: the path still names the file that is locked.
	 * @return whether the lock was acquired
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean proofOfIdentity() throws IOException {
		try (FileChannel channel = BareLock.open(this.path)) {
			FileLock guard = channel.tryLock();
			if (guard == null) {
				return false;
			}
			int record = BareLock.RECORD.length;
			int padded = ThreadLocalRandom.current().nextInt(record, LARGEST_PADDING) + 1;
			ByteBuffer buffer = ByteBuffer.allocate(padded);
			channel.write(buffer.put(BareLock.RECORD).position(0), 0);
			BasicFileAttributes seen = look();
			channel.truncate(record);
			return seen.size() == padded && Objects.equals(seen.fileKey(), look().fileKey());
		}
	}

	private BasicFileAttributes look() throws IOException {
		return Files.readAttributes(this.path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
	}

}
