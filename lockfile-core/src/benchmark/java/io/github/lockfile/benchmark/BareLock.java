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
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What one writes with nothing but the JDK, and with none of the guarantees.
 */
final class BareLock {

	static final byte[] RECORD = (" " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8);

	private BareLock() {
	}

	static FileChannel open(Path path) throws IOException {
		return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
	}

	static boolean acquireAndRelease(Path path) throws IOException {
		try (FileChannel channel = open(path)) {
			FileLock lock = channel.tryLock();
			if (lock == null) {
				return false;
			}
			write(channel);
			return true;
		}
	}

	/**
	 * Is refused, and reads what the holder has recorded.
	 */
	static String refused(Path path) throws IOException {
		try (FileChannel channel = open(path)) {
			if (channel.tryLock() != null) {
				throw new IllegalStateException(path + " is free");
			}
			ByteBuffer content = ByteBuffer.allocate((int) channel.size());
			channel.read(content, 0);
			return new String(content.array(), StandardCharsets.UTF_8).strip();
		}
	}

	static void write(FileChannel channel) throws IOException {
		channel.write(ByteBuffer.wrap(RECORD));
		channel.truncate(RECORD.length);
	}

}
