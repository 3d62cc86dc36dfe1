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

package io.github.lockfile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;

import io.github.lockfile.testsupport.ChildJvm;

/**
 * A holder of a file that nobody has changed since it was locked, which was long ago.
 */
final class AgedFile {

	private AgedFile() {
	}

	static ChildJvm restore(List<String> prefix, Path path) {
		return ChildJvm.start(prefix, System.getProperty("java.class.path"), AgedFile.class, path);
	}

	public static void main(String[] args) throws IOException {
		Path path = Path.of(args[0]);
		byte[] record = "new\n".getBytes(StandardCharsets.UTF_8);
		try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
			FileLock guard = Objects.requireNonNull(GuardedFile.tryLockGuard(channel));
			BasicFileAttributes known = Objects.requireNonNull(GuardedFile.look(path));
			GuardedFile file = new GuardedFile(path, channel, null, record, guard, known);
			System.out.println("changed: " + file.restoreContent(known));
		}
	}

}
