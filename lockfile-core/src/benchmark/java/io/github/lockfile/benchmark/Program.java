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
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.Verification.Status;

/**
 * Whose lock it is.
 */
enum Program {

	LOCKFILE {

		@Override
		AutoCloseable acquire(Path path) {
			return LockFile.acquire(path);
		}

		@Override
		void verify(Path path, AutoCloseable lock) {
			if (((LockFile) lock).verify().status() != Status.HELD) {
				throw new IllegalStateException(lock + " is not held");
			}
		}

		@Override
		String refused(Path path) {
			try (LockFile lock = LockFile.acquire(path)) {
				throw new IllegalStateException(lock + " is free");
			}
			catch (LockFileHeldException ex) {
				return ex.holderContent();
			}
		}

	},

	/**
	 * The JDK's alone, with none of the guarantees: a verification looks at the file, and
	 * locks another byte.
	 */
	BARE {

		@Override
		AutoCloseable acquire(Path path) throws IOException {
			FileChannel channel = open(path);
			// One byte is left free for the others to try.
			if (channel.tryLock(0, 1 << 20, false) == null) {
				throw new IllegalStateException(path + " is held");
			}
			channel.write(ByteBuffer.wrap(RECORD));
			channel.truncate(RECORD.length);
			return channel;
		}

		@Override
		void verify(Path path, AutoCloseable lock) throws IOException {
			Files.readAttributes(path, BasicFileAttributes.class);
			try (FileLock other = ((FileChannel) lock).tryLock(1L << 30, 1, false)) {
				if (other == null) {
					throw new IllegalStateException(path + " is held");
				}
			}
		}

		@Override
		String refused(Path path) throws IOException {
			try (FileChannel channel = open(path)) {
				if (channel.tryLock() != null) {
					throw new IllegalStateException(path + " is free");
				}
				ByteBuffer content = ByteBuffer.allocate((int) channel.size());
				channel.read(content, 0);
				return new String(content.array(), StandardCharsets.UTF_8).strip();
			}
		}

	};

	private static final byte[] RECORD = (" " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8);

	private static FileChannel open(Path path) throws IOException {
		return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
	}

	abstract AutoCloseable acquire(Path path) throws IOException;

	abstract void verify(Path path, AutoCloseable lock) throws IOException;

	/**
	 * Is refused, and reads what the holder has recorded.
	 */
	abstract String refused(Path path) throws IOException;

}
