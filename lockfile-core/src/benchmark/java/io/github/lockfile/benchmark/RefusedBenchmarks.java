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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Holder;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.store.NativeFSLockFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Tries a lock that another process holds.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RefusedBenchmarks {

	private final ScratchDirectory scratch;

	private final Path path;

	private final Directory lucene;

	private final ChildJvm holder;

	/**
	 * Creates the directory and starts the holder.
	 */
	public RefusedBenchmarks() {
		this.scratch = Unchecked.call(ScratchDirectory::new);
		this.path = this.scratch.lockFile();
		this.lucene = Unchecked.call(() -> FSDirectory.open(this.scratch.path()));
		this.holder = Holder.hold(this.path, "{pid};{hostname}");
	}

	/**
	 * Ends the holder and deletes the directory.
	 * @throws IOException if that fails
	 */
	@TearDown
	public void delete() throws IOException {
		this.holder.close();
		this.lucene.close();
		this.scratch.close();
	}

	/**
	 * Ours, which also reads who holds the lock.
	 * @return what the holder recorded
	 */
	@Benchmark
	public String lockfile() {
		try (LockFile lock = LockFile.acquire(this.path)) {
			throw new IllegalStateException(lock + " is free");
		}
		catch (LockFileHeldException ex) {
			return ex.holderContent();
		}
	}

	/**
	 * The JDK alone.
	 * @return whether the lock was refused
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean bareJdk() throws IOException {
		if (BareLock.acquireAndRelease(this.path)) {
			throw new IllegalStateException(this.path + " is free");
		}
		return true;
	}

	/**
	 * The JDK alone, with claims of the real path and of the file: closing the file does
	 * not drop a lock that this JVM holds.
	 * @return whether the lock was refused
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean bareJdkWithClaims() throws IOException {
		String path = "benchmark." + this.scratch.path().toRealPath().resolve("test.lock");
		System.getProperties().putIfAbsent(path, "");
		String file = "benchmark."
				+ Files.readAttributes(this.path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
		System.getProperties().putIfAbsent(file, "");
		boolean refused = bareJdk();
		System.getProperties().remove(file);
		System.getProperties().remove(path);
		return refused;
	}

	/**
	 * The JDK alone, with a gate: the holder can verify its lock with nobody in between.
	 * @return whether the lock was refused
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean bareJdkWithGate() throws IOException {
		try (FileChannel channel = BareLock.open(this.path); FileLock gate = channel.tryLock(1 << 20, 1, false)) {
			if (gate == null || channel.tryLock(0, 1, false) != null) {
				throw new IllegalStateException(this.path + " is free");
			}
			return true;
		}
	}

	/**
	 * The JDK alone, with a look at what the holder recorded.
	 * @return what the holder recorded
	 * @throws IOException if that fails
	 */
	@Benchmark
	public String bareJdkWithContent() throws IOException {
		try (FileChannel channel = BareLock.open(this.path)) {
			if (channel.tryLock(0, 1, false) != null) {
				throw new IllegalStateException(this.path + " is free");
			}
			ByteBuffer content = ByteBuffer.allocate((int) channel.size());
			channel.read(content, 0);
			return new String(content.array(), StandardCharsets.UTF_8).strip();
		}
	}

	/**
	 * Lucene.
	 * @return why the lock was refused
	 * @throws IOException if that fails
	 */
	@Benchmark
	public Object lucene() throws IOException {
		try (org.apache.lucene.store.Lock lock = NativeFSLockFactory.INSTANCE.obtainLock(this.lucene, "test.lock")) {
			throw new IllegalStateException(lock + " is free");
		}
		catch (LockObtainFailedException ex) {
			return ex;
		}
	}

}
