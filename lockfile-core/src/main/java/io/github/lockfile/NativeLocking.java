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

/**
 * Whether a lock is a native one: on Linux, from Java 22 on, an open file description
 * lock and {@code flock(2)} on one descriptor. No other code in the JVM can drop it
 * unnoticed, and programs that use {@code flock(2)} and native locks keep each other out.
 * <p>
 * It needs the JVM's own permission, which is never forced: the option
 * {@code --enable-native-access=ALL-UNNAMED}, or
 * {@code Enable-Native-Access: ALL-UNNAMED} in the manifest of an executable jar. The
 * kind of a lock is decided when it is acquired. A native lock and one that is not keep
 * each other out, too.
 *
 * @since 0.1.0
 */
public enum NativeLocking {

	/**
	 * Native where that is possible. {@link LockFile#whyNotNative()} says why it is not.
	 */
	AUTO,

	/**
	 * Native, or the attempt fails with a {@link LockFileUnavailableException} that says
	 * why.
	 */
	REQUIRED,

	/**
	 * Never native. The lock goes through the JDK's channel, and no function of the C
	 * library is called.
	 */
	OFF;

	/**
	 * Finds out whether this JVM can lock natively. If so, the first call links the
	 * functions of the C library, which takes tens of milliseconds or more; if not,
	 * nothing is linked or loaded. The file system of a lock file is another matter.
	 * @return why it cannot, as a clause that can follow "because", with the remedy;
	 * empty if it can
	 */
	public static String obstacle() {
		return DescriptorFile.obstacle();
	}

}
