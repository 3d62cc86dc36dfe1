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

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * This process and this host, as the kernel and the JDK know them.
 */
final class LocalSystem {

	/**
	 * As its own PID namespace numbers it (getpid(2)).
	 */
	static final String PID = Long.toString(ProcessHandle.current().pid());

	private static final int JAVA = Runtime.version().feature(), NATIVE_SINCE = 22;

	private static final File STATUS = new File("/proc/self/status");

	private static final File HOST_NAME = new File("/proc/sys/kernel/hostname");

	/**
	 * As many as the classes of the JDK open at once when they are used first.
	 */
	private static final int DESCRIPTORS = 4;

	private static volatile boolean started;

	private LocalSystem() {
	}

	/**
	 * Makes sure before the first use that descriptors can be had. Classes of the JDK
	 * open some when they are initialized, and if that fails, they fail for the life of
	 * the JVM.
	 * @throws IOException if there are none
	 */
	static void requireDescriptors() throws IOException {
		if (!started) {
			openSome();
			started = true;
		}
	}

	private static void openSome() throws IOException {
		List<InputStream> opened = new ArrayList<>();
		try {
			for (int i = 0; i < DESCRIPTORS && STATUS.exists(); i++) {
				opened.add(new FileInputStream(STATUS));
			}
		}
		finally {
			for (InputStream stream : opened) {
				stream.close();
			}
		}
	}

	/**
	 * Returns the name of this host. It is asked for only when a template needs it: if
	 * neither the kernel nor the environment has a name, some networks take seconds to
	 * answer.
	 * @throws IOException if the kernel has a name and cannot be asked now
	 */
	static String hostName() throws IOException {
		try {
			return read(HOST_NAME).strip();
		}
		catch (IOException ex) {
			// It is another system, or there is no descriptor, which would break the
			// classes of the network for good.
			openSome();
		}
		for (String variable : new String[] { "HOSTNAME", "COMPUTERNAME" }) {
			String value = System.getenv(variable);
			if (value != null && !value.isBlank()) {
				return value.strip();
			}
		}
		try {
			return InetAddress.getLocalHost().getHostName();
		}
		catch (UnknownHostException ex) {
			return "unknown-host";
		}
	}

	/**
	 * Finds out whether a descriptor of this process has a native lock on a file, as one
	 * does that another copy of the library holds, or held when its class loader was
	 * collected. The kernel lists the locks of each descriptor (proc(5), "fdinfo").
	 * @param key the key of the file
	 */
	static boolean hasNativeLock(String key) {
		// No copy of the library has native locks before Java 22, and this takes long.
		String[] descriptors = (JAVA >= NATIVE_SINCE) ? new File("/proc/self/fd").list() : null;
		if (descriptors == null) {
			return false;
		}
		for (String descriptor : descriptors) {
			try {
				// The kernel answers this alone. A look at the file asks its file system,
				// which may hang, and with it every lock of this JVM: we have the
				// monitor.
				if (!read(new File("/proc/self/fdinfo", descriptor)).contains("OFDLCK")) {
					continue;
				}
				// Nothing is opened: the link leads to the open file itself.
				Object found = Files.readAttributes(Path.of("/proc/self/fd", descriptor), BasicFileAttributes.class)
					.fileKey();
				if (found != null && key.equals(found.toString())) {
					return true;
				}
			}
			catch (IOException ex) {
				// It is closed by now.
			}
		}
		return false;
	}

	private static String read(File file) throws IOException {
		try (InputStream in = new FileInputStream(file)) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
