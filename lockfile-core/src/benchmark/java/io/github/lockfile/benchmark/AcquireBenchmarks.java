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
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import io.github.lockfile.LockFile;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.NativeFSLockFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Acquires a free lock on a file that is there, writes where the peer does, and releases.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AcquireBenchmarks {

	private final ScratchDirectory scratch;

	private final Path path;

	private final Directory lucene;

	private final org.apache.activemq.util.LockFile activemq;

	/**
	 * Creates the directory.
	 */
	public AcquireBenchmarks() {
		this.scratch = Unchecked.call(ScratchDirectory::new);
		this.path = this.scratch.lockFile();
		this.lucene = Unchecked.call(() -> FSDirectory.open(this.scratch.path()));
		this.activemq = new org.apache.activemq.util.LockFile(this.path.toFile(), false);
	}

	/**
	 * Creates the file.
	 */
	@Setup(Level.Trial)
	public void create() {
		LockFile.acquire(this.path).close();
	}

	/**
	 * Deletes the directory.
	 * @throws IOException if that fails
	 */
	@TearDown(Level.Trial)
	public void delete() throws IOException {
		this.lucene.close();
		this.scratch.close();
	}

	/**
	 * Ours, with claim, gate, guard and proof.
	 * @return the lock
	 */
	@Benchmark
	public Object lockfile() {
		LockFile lock = LockFile.acquire(this.path);
		lock.close();
		return lock;
	}

	/**
	 * The JDK alone.
	 * @return whether the lock was acquired
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean bareJdk() throws IOException {
		return BareLock.acquireAndRelease(this.path);
	}

	/**
	 * Lucene. It writes nothing.
	 * @return the lock
	 * @throws IOException if that fails
	 */
	@Benchmark
	public Object lucene() throws IOException {
		org.apache.lucene.store.Lock lock = NativeFSLockFactory.INSTANCE.obtainLock(this.lucene, "test.lock");
		lock.close();
		return lock;
	}

	/**
	 * ActiveMQ. It forces what it writes to the disk.
	 * @return the lock
	 * @throws IOException if that fails
	 */
	@Benchmark
	public Object activemq() throws IOException {
		this.activemq.lock();
		this.activemq.unlock();
		return this.activemq;
	}

}
