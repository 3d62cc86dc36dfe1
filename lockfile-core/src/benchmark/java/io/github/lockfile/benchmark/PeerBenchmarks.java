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
import java.util.concurrent.TimeUnit;

import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Holder;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
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

/**
 * The lock beside its peers. The methods are named after what they do and who does it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PeerBenchmarks {

	/**
	 * Acquires a free lock, writes, and releases.
	 * @param file the lock file
	 * @return the lock
	 */
	@Benchmark
	public Object acquireLockfile(Free file) {
		LockFile lock = LockFile.acquire(file.scratch.lockFile());
		lock.close();
		return lock;
	}

	/**
	 * The same with the JDK alone.
	 * @param file the lock file
	 * @return whether the lock was acquired
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean acquireBare(Free file) throws IOException {
		return BareLock.acquireAndRelease(file.scratch.lockFile());
	}

	/**
	 * The same with Lucene, which writes nothing.
	 * @param file the lock file
	 * @return the lock
	 * @throws IOException if that fails
	 */
	@Benchmark
	public Object acquireLucene(Free file) throws IOException {
		org.apache.lucene.store.Lock lock = NativeFSLockFactory.INSTANCE.obtainLock(file.lucene, "test.lock");
		lock.close();
		return lock;
	}

	/**
	 * The same with ActiveMQ, which forces what it writes to the disk.
	 * @param file the lock file
	 * @return the lock
	 * @throws IOException if that fails
	 */
	@Benchmark
	public Object acquireActiveMq(Free file) throws IOException {
		file.activemq.lock();
		file.activemq.unlock();
		return file.activemq;
	}

	/**
	 * Tries a lock that another process holds, and reads who that is.
	 * @param file the lock file
	 * @return what the holder recorded
	 */
	@Benchmark
	public String refusedLockfile(Held file) {
		try (LockFile lock = LockFile.acquire(file.scratch.lockFile())) {
			throw new IllegalStateException(lock + " is free");
		}
		catch (LockFileHeldException ex) {
			return ex.holderContent();
		}
	}

	/**
	 * The same with the JDK alone, which reads nothing.
	 * @param file the lock file
	 * @return {@code false}
	 * @throws IOException if that fails
	 */
	@Benchmark
	public boolean refusedBare(Held file) throws IOException {
		return BareLock.acquireAndRelease(file.scratch.lockFile());
	}

	/**
	 * The same with the JDK alone, and who the holder is.
	 * @param file the lock file
	 * @return what the holder recorded
	 * @throws IOException if that fails
	 */
	@Benchmark
	public String refusedBareWithContent(Held file) throws IOException {
		return BareLock.refused(file.scratch.lockFile());
	}

	/**
	 * The same with Lucene, which reads nothing.
	 * @param file the lock file
	 * @return why the lock was refused
	 * @throws IOException if that fails
	 */
	@Benchmark
	public Object refusedLucene(Held file) throws IOException {
		try (org.apache.lucene.store.Lock lock = NativeFSLockFactory.INSTANCE.obtainLock(file.lucene, "test.lock")) {
			throw new IllegalStateException(lock + " is free");
		}
		catch (LockObtainFailedException ex) {
			return ex;
		}
	}

	/**
	 * Verifies a lock with which all is well.
	 * @param file the lock file
	 * @return what was found
	 */
	@Benchmark
	public Object verifyLockfile(Ours file) {
		Verification verification = file.lock.verify();
		if (verification.status() != Status.HELD) {
			throw new IllegalStateException(verification.toString());
		}
		return verification;
	}

	/**
	 * A lock file that is free.
	 */
	@State(Scope.Benchmark)
	@NullUnmarked // JMH calls the set-up.
	public static class Free {

		ScratchDirectory scratch;

		Directory lucene;

		org.apache.activemq.util.LockFile activemq;

		/**
		 * Creates it.
		 * @throws IOException if that fails
		 */
		@Setup
		public void create() throws IOException {
			this.scratch = new ScratchDirectory();
			this.lucene = FSDirectory.open(this.scratch.path());
			this.activemq = new org.apache.activemq.util.LockFile(this.scratch.lockFile().toFile(), false);
			LockFile.acquire(this.scratch.lockFile()).close();
		}

		/**
		 * Deletes it.
		 * @throws IOException if that fails
		 */
		@TearDown
		public void delete() throws IOException {
			this.lucene.close();
			this.scratch.close();
		}

	}

	/**
	 * A lock file that another process holds.
	 */
	@NullUnmarked
	public static class Held extends Free {

		ChildJvm holder;

		@Override
		public void create() throws IOException {
			super.create();
			this.holder = Holder.hold(this.scratch.lockFile(), "{pid}");
		}

		@Override
		public void delete() throws IOException {
			this.holder.close();
			super.delete();
		}

	}

	/**
	 * A lock file that this process holds.
	 */
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
