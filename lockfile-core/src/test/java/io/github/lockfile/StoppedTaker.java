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
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;

/**
 * A process that has the first lock of a taker and goes no further until it reads a line.
 */
final class StoppedTaker {

	private StoppedTaker() {
	}

	static ChildJvm stop(Path path) {
		return stop(path, Bytes.FIRST);
	}

	/**
	 * Starts one that has another byte, as a holder has that lets go of the first byte.
	 */
	static ChildJvm stop(Path path, long position) {
		return ChildJvm.start(StoppedTaker.class, path, position).awaitOutput("locked");
	}

	public static void main(String[] args) throws IOException {
		try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
			System.out.println((channel.tryLock(Long.parseLong(args[1]), 1, false) != null) ? "locked" : "refused");
			System.in.read();
			channel.close();
			System.out.println("unlocked");
		}
	}

}
