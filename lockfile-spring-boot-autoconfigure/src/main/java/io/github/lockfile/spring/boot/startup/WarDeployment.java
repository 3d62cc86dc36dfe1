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

import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.WebApplicationContext;

/**
 * Recognizes an application in an external servlet container, whose process is not the
 * application's own. Before the refresh, only such an application has a servlet context.
 */
final class WarDeployment {

	private static final boolean WEB = ClassUtils.isPresent("org.springframework.web.context.WebApplicationContext",
			WarDeployment.class.getClassLoader())
			&& ClassUtils.isPresent("jakarta.servlet.ServletContext", WarDeployment.class.getClassLoader());

	private WarDeployment() {
	}

	static boolean isIn(ApplicationContext context) {
		return WEB && Web.hasServletContext(context);
	}

	/**
	 * A separate class, because an application without a web server lacks what it refers
	 * to.
	 */
	private static final class Web {

		private static boolean hasServletContext(ApplicationContext context) {
			return context instanceof WebApplicationContext web && web.getServletContext() != null;
		}

	}

}
