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

package io.github.lockfile.testsupport;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Asks from another JVM, with nothing of the library, whether the lock of a file is held.
 * A holder that verifies lets go of the first byte for a moment, and of the lock in
 * another, but never of both.
 */
public final class Outsider {

	private static final int FREE = 10;

	private static final int REFUSED = 11;

	private Outsider() {
	}

	/**
	 * Asks from a new JVM.
	 * @param path the lock file
	 * @return whether an outsider is refused
	 */
	public static boolean isRefused(Path path) {
		// The class path of a test has a hundred files, and a JVM that looks for a class
		// opens them all.
		String classPath = classPathOf(Outsider.class);
		try (ChildJvm jvm = ChildJvm.start(List.of(), classPath, Outsider.class, path)) {
			int exitCode = jvm.awaitExit();
			if (exitCode != FREE && exitCode != REFUSED) {
				throw new AssertionError("The outsider failed:\n" + jvm.output());
			}
			return exitCode == REFUSED;
		}
	}

	/**
	 * Returns where a class comes from, as class paths have it: a blank stays a blank,
	 * which a URL encodes.
	 * @param type the class
	 * @return a JAR or a directory
	 */
	public static String classPathOf(Class<?> type) {
		return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
	}

	/**
	 * Tries both at once and says by the exit code how that went.
	 * @param args the path
	 * @throws IOException if the file cannot be opened
	 */
	public static void main(String[] args) throws IOException {
		try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
			System.exit((channel.tryLock(0, Bytes.LOCK + 1, false) != null) ? FREE : REFUSED);
		}
	}

}
