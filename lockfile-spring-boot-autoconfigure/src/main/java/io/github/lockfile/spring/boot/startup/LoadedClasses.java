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

package io.github.lockfile.spring.boot.startup;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.util.ClassUtils;

/**
 * Loads all classes that a repair or a loss of the lock may need, while they can be
 * loaded: an update may overwrite or remove the JAR in which they are while the
 * application runs.
 */
final class LoadedClasses {

	private static final String ROOT = ClassUtils.convertClassNameToResourcePath("io.github.lockfile");

	private static final String[] PACKAGES = { "", "/spring/boot/task", "/spring/boot/watch", "/spring/boot/failure",
			"/spring/boot/startup" };

	private static final String OF_THE_CLUSTER = "/spring/boot/cluster";

	/**
	 * Classes of the JDK that are needed first when a lock is lost. That they are loaded
	 * is not enough: a class loader that has not been asked for them yet must allocate to
	 * answer.
	 */
	private static final Class<?>[] OF_THE_JDK = { LockSupport.class, Math.class, Runtime.class, System.class,
			Thread.class, TimeUnit.class };

	private LoadedClasses() {
	}

	/**
	 * Loads what it finds. What cannot be found or loaded is left for when it is needed.
	 * @param clustered whether there is a cluster lock
	 */
	static void load(boolean clustered) {
		for (Class<?> each : OF_THE_JDK) {
			load(each.getName(), LoadedClasses.class.getClassLoader());
		}
		for (String each : PACKAGES) {
			load(ROOT + each, clustered);
		}
		if (clustered) {
			load(ROOT + OF_THE_CLUSTER, true);
		}
	}

	private static void load(String path, boolean clustered) {
		ClassLoader classLoader = LoadedClasses.class.getClassLoader();
		try {
			for (Resource found : new PathMatchingResourcePatternResolver(classLoader)
				.getResources("classpath*:" + path + "/*.class")) {
				String name = String.valueOf(found.getFilename()).replaceFirst("[.]class$", "");
				// Most applications have no cluster lock, and need not pay for it.
				if (clustered || !name.contains("Cluster")) {
					load(path.replace('/', '.') + "." + name, classLoader);
				}
			}
		}
		catch (IOException ex) {
			// A class loader that shows no resources.
		}
	}

	private static void load(String name, ClassLoader classLoader) {
		try {
			// Loaded, and not initialized: an initializer runs code that the application
			// may never need, and one that fails leaves its class unusable for good (JLS
			// 12.4.2).
			Class.forName(name, false, classLoader);
		}
		catch (ClassNotFoundException | LinkageError ex) {
			// One that needs an optional library or a later Java, which is not there.
		}
	}

}
